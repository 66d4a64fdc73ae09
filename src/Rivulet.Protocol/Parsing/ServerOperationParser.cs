namespace Rivulet.Protocol;

/// <summary>Parses what a server sends to a client.</summary>
/// <remarks>
/// Works like <see cref="ClientOperationParser"/> and keeps nothing between calls either. Of the limits it uses the two
/// sizes; a client sets them high, because it does not choose how long the server's INFO is.
/// </remarks>
public static class ServerOperationParser
{
    /// <summary>Hands every complete operation of the buffer to the handler.</summary>
    /// <param name="buffer">All bytes not consumed so far.</param>
    /// <param name="limits">Read anew for each operation.</param>
    /// <param name="handler">Takes the operations.</param>
    /// <param name="consumed">How many bytes are done with.</param>
    /// <param name="neededBytes">
    /// How many bytes, counted from <paramref name="consumed"/>, there must be before another call makes sense; 0 if
    /// that is not known.
    /// </param>
    public static ParseStatus Parse<THandler>(
        ReadOnlySpan<byte> buffer, in ParserLimits limits, ref THandler handler, out int consumed, out int neededBytes)
        where THandler : IServerOperationHandler, allows ref struct
    {
        consumed = 0;
        neededBytes = 0;
        while (consumed < buffer.Length)
        {
            OperationResult result = ParseOne(buffer[consumed..], in limits, ref handler);
            switch (result.Kind)
            {
                case OperationResultKind.Done:
                    consumed += result.Length;
                    continue;
                case OperationResultKind.Stopped:
                    consumed += result.Length;
                    return ParseStatus.Stopped;
                case OperationResultKind.Violation:
                    return ParseStatus.Broken(result.Violation);
                default:
                    neededBytes = result.Length;
                    return ParseStatus.NeedMoreData;
            }
        }

        return ParseStatus.NeedMoreData;
    }

    private static OperationResult ParseOne<THandler>(
        ReadOnlySpan<byte> rest, in ParserLimits limits, ref THandler handler)
        where THandler : IServerOperationHandler, allows ref struct
    {
        ServerOperation operation = Candidate(rest);
        ReadOnlySpan<byte> name = NameOf(operation);
        if (name.IsEmpty)
            return operation == ServerOperation.Undecided ? OperationResult.Incomplete : OperationResult.UnknownOperation;
        bool needsBlank = operation is ServerOperation.Msg or ServerOperation.HMsg;
        switch (ControlLine.MatchName(rest, name, needsBlank))
        {
            case NameMatch.Different:
                return OperationResult.UnknownOperation;
            case NameMatch.Incomplete:
                return OperationResult.Incomplete;
        }

        LineStatus status = ControlLine.TakeArguments(
            rest, name.Length, limits.MaxControlLine, out ReadOnlySpan<byte> arguments, out int lineLength);
        if (status != LineStatus.Complete)
            return OperationResult.Of(status);
        return operation switch
        {
            ServerOperation.Msg or ServerOperation.HMsg => Message(
                rest, arguments, lineLength, operation == ServerOperation.HMsg, in limits, ref handler),
            ServerOperation.Info => OperationResult.Handled(lineLength, handler.OnInfo(arguments)),
            ServerOperation.Ping => OperationResult.Handled(lineLength, handler.OnPing()),
            ServerOperation.Pong => OperationResult.Handled(lineLength, handler.OnPong()),
            ServerOperation.Ok => OperationResult.Handled(lineLength, handler.OnOk()),
            _ => OperationResult.Handled(lineLength, handler.OnError(Unquote(arguments))),
        };
    }

    private static ServerOperation Candidate(ReadOnlySpan<byte> rest)
    {
        switch ((char)(rest[0] | 0x20))
        {
            case 'm':
                return ServerOperation.Msg;
            case 'h':
                return ServerOperation.HMsg;
            case 'i':
                return ServerOperation.Info;
            case '+':
                return ServerOperation.Ok;
            case '-':
                return ServerOperation.Err;
            case 'p' when rest.Length == 1:
                return ServerOperation.Undecided;
            case 'p':
                return (rest[1] | 0x20) == 'i' ? ServerOperation.Ping : ServerOperation.Pong;
            default:
                return ServerOperation.Unknown;
        }
    }

    private static ReadOnlySpan<byte> NameOf(ServerOperation operation)
    {
        return operation switch
        {
            ServerOperation.Msg => "msg"u8,
            ServerOperation.HMsg => "hmsg"u8,
            ServerOperation.Info => "info"u8,
            ServerOperation.Ping => "ping"u8,
            ServerOperation.Pong => "pong"u8,
            ServerOperation.Ok => "+ok"u8,
            ServerOperation.Err => "-err"u8,
            _ => default,
        };
    }

    private static OperationResult Message<THandler>(
        ReadOnlySpan<byte> rest,
        ReadOnlySpan<byte> line,
        int lineLength,
        bool withHeaders,
        in ParserLimits limits,
        ref THandler handler)
        where THandler : IServerOperationHandler, allows ref struct
    {
        ArgumentList arguments = ArgumentList.SplitAtBlanks(line);
        int countWithoutReply = withHeaders ? 4 : 3;
        if (arguments.Count < countWithoutReply || arguments.Count > countWithoutReply + 1)
            return OperationResult.InvalidArguments;
        bool hasReply = arguments.Count > countWithoutReply;
        ReadOnlySpan<byte> firstSize = hasReply ? arguments.Fourth : arguments.Third;
        ReadOnlySpan<byte> secondSize = hasReply ? arguments.Fifth : arguments.Fourth;
        int headerLength = 0;
        if (withHeaders && !ControlLine.TryParseSize(firstSize, out headerLength))
            return OperationResult.InvalidArguments;
        if (!ControlLine.TryParseSize(withHeaders ? secondSize : firstSize, out int size) || headerLength > size)
            return OperationResult.InvalidArguments;
        if (limits.MaxPayload >= 0 && size > limits.MaxPayload)
            return OperationResult.Broken(ProtocolViolation.PayloadTooLarge);
        BodyStatus bodyStatus = ControlLine.TakeBody(rest, lineLength, size, out ReadOnlySpan<byte> body);
        if (bodyStatus != BodyStatus.Complete)
            return OperationResult.Of(bodyStatus, lineLength + size + 2);
        var operation = new MessageOperation
        {
            Subject = arguments.First,
            Sid = arguments.Second,
            ReplyTo = hasReply ? arguments.Third : default,
            Body = body,
            HeaderLength = headerLength,
        };
        return OperationResult.Handled(lineLength + size + 2, handler.OnMessage(in operation));
    }

    private static ReadOnlySpan<byte> Unquote(ReadOnlySpan<byte> text)
    {
        text = text.TrimEnd(ControlLine.Blanks);
        return text is [(byte)'\'', .., (byte)'\''] ? text[1..^1] : text;
    }

    private enum ServerOperation
    {
        Unknown,
        Undecided,
        Msg,
        HMsg,
        Info,
        Ping,
        Pong,
        Ok,
        Err,
    }
}
