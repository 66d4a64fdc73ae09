using System.Buffers.Binary;

namespace Rivulet.Protocol;

/// <summary>Parses what a client sends to a server.</summary>
/// <remarks>
/// Keeps nothing between calls: the caller keeps the bytes from <c>consumed</c> on, appends what arrives, and calls again
/// with all of it. The answers do not depend on how the bytes were cut into reads. An operation is refused as soon as
/// its bytes cannot become a valid one, which for a name is at the first wrong byte, for sizes at the end of the control
/// line, before the body is there. Allocates nothing and copies nothing.
///
/// Text after the name of PING, PONG and +OK is ignored; so are whole INFO and +OK operations.
/// </remarks>
public static class ClientOperationParser
{
    private const uint PubWord = 0x20627570; // "pub " read little endian
    private const uint SmallLettersMask = 0x00202020;

    /// <summary>Hands every complete operation of the buffer to the handler.</summary>
    /// <param name="buffer">All bytes not consumed so far.</param>
    /// <param name="limits">Read anew for each operation; the handler may change what it refers to.</param>
    /// <param name="handler">Takes the operations.</param>
    /// <param name="consumed">How many bytes are done with.</param>
    /// <param name="neededBytes">
    /// How many bytes, counted from <paramref name="consumed"/>, there must be before another call makes sense; 0 if
    /// that is not known.
    /// </param>
    public static ParseStatus Parse<THandler>(
        ReadOnlySpan<byte> buffer, in ParserLimits limits, ref THandler handler, out int consumed, out int neededBytes)
        where THandler : IClientOperationHandler, allows ref struct
    {
        consumed = 0;
        neededBytes = 0;
        while (consumed < buffer.Length)
        {
            OperationResult result = ParseOne(buffer[consumed..], in limits, ref handler);
            if (result.Kind == OperationResultKind.Done)
            {
                consumed += result.Length;
                continue;
            }

            return End(result, ref consumed, ref neededBytes);
        }

        return ParseStatus.NeedMoreData;
    }

    private static ParseStatus End(OperationResult result, ref int consumed, ref int neededBytes)
    {
        switch (result.Kind)
        {
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

    private static OperationResult ParseOne<THandler>(
        ReadOnlySpan<byte> rest, in ParserLimits limits, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        if (limits.AwaitConnect && (rest[0] | 0x20) != 'c')
            return OperationResult.Broken(ProtocolViolation.AuthorizationViolation);
        // Perf: most operations are PUB followed by one blank; one word tells.
        if (rest.Length >= 4 && (BinaryPrimitives.ReadUInt32LittleEndian(rest) | SmallLettersMask) == PubWord)
            return Publish(rest, nameLength: 3, in limits, ref handler);
        return ParseByName(rest, in limits, ref handler);
    }

    private static OperationResult ParseByName<THandler>(
        ReadOnlySpan<byte> rest, in ParserLimits limits, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        ClientOperation operation = Candidate(rest);
        ReadOnlySpan<byte> name = NameOf(operation);
        if (name.IsEmpty)
            return operation == ClientOperation.Undecided ? OperationResult.Incomplete : OperationResult.UnknownOperation;
        switch (ControlLine.MatchName(rest, name, NeedsBlank(operation)))
        {
            case NameMatch.Different:
                return OperationResult.UnknownOperation;
            case NameMatch.Incomplete:
                return OperationResult.Incomplete;
        }

        if (operation is ClientOperation.Pub or ClientOperation.HPub)
            return Publish(rest, name.Length, in limits, ref handler);
        LineStatus status = ControlLine.TakeArguments(
            rest, name.Length, limits.MaxControlLine, out ReadOnlySpan<byte> arguments, out int lineLength);
        if (status != LineStatus.Complete)
            return OperationResult.Of(status);
        return Dispatch(operation, arguments, lineLength, ref handler);
    }

    /// <summary>The only operation that the first one or two bytes still allow.</summary>
    private static ClientOperation Candidate(ReadOnlySpan<byte> rest)
    {
        return (char)(rest[0] | 0x20) switch
        {
            'p' => rest.Length == 1 ? ClientOperation.Undecided : CandidateAfterP(rest[1]),
            'h' => ClientOperation.HPub,
            's' => ClientOperation.Sub,
            'u' => ClientOperation.Unsub,
            'c' => ClientOperation.Connect,
            'i' => ClientOperation.Info,
            '+' => ClientOperation.Ok,
            '-' => ClientOperation.Err,
            _ => ClientOperation.Unknown,
        };
    }

    private static ClientOperation CandidateAfterP(byte second)
    {
        return (char)(second | 0x20) switch
        {
            'u' => ClientOperation.Pub,
            'i' => ClientOperation.Ping,
            'o' => ClientOperation.Pong,
            _ => ClientOperation.Unknown,
        };
    }

    private static ReadOnlySpan<byte> NameOf(ClientOperation operation)
    {
        return operation switch
        {
            ClientOperation.Pub => "pub"u8,
            ClientOperation.HPub => "hpub"u8,
            ClientOperation.Sub => "sub"u8,
            ClientOperation.Unsub => "unsub"u8,
            ClientOperation.Connect => "connect"u8,
            ClientOperation.Ping => "ping"u8,
            ClientOperation.Pong => "pong"u8,
            ClientOperation.Info => "info"u8,
            ClientOperation.Ok => "+ok"u8,
            ClientOperation.Err => "-err"u8,
            _ => default,
        };
    }

    private static bool NeedsBlank(ClientOperation operation)
    {
        return operation is ClientOperation.Pub
            or ClientOperation.HPub
            or ClientOperation.Sub
            or ClientOperation.Unsub
            or ClientOperation.Err;
    }

    private static OperationResult Dispatch<THandler>(
        ClientOperation operation, ReadOnlySpan<byte> arguments, int lineLength, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        switch (operation)
        {
            case ClientOperation.Sub:
                return Subscribe(arguments, lineLength, ref handler);
            case ClientOperation.Unsub:
                return Unsubscribe(arguments, lineLength, ref handler);
            case ClientOperation.Ping:
                return OperationResult.Handled(lineLength, handler.OnPing());
            case ClientOperation.Pong:
                return OperationResult.Handled(lineLength, handler.OnPong());
            case ClientOperation.Connect:
                return OperationResult.Handled(lineLength, handler.OnConnect(arguments));
            case ClientOperation.Err:
                return OperationResult.Broken(ProtocolViolation.ReportedByClient);
            default:
                return OperationResult.Handled(lineLength, true);
        }
    }

    private static OperationResult Publish<THandler>(
        ReadOnlySpan<byte> rest, int nameLength, in ParserLimits limits, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        LineStatus status = ControlLine.TakeArguments(
            rest, nameLength, limits.MaxControlLine, out ReadOnlySpan<byte> line, out int lineLength);
        if (status != LineStatus.Complete)
            return OperationResult.Of(status);
        ArgumentList arguments = ArgumentList.SplitAtBlanks(line);
        bool withHeaders = nameLength == 4;
        if (withHeaders && !limits.HeadersSupported)
            return OperationResult.InvalidArguments;
        ReadOnlySpan<byte> headerDigits = default;
        ReadOnlySpan<byte> replyTo = default;
        if (withHeaders ? !TakeHeaderSize(ref arguments, out headerDigits) : arguments.Count is < 2 or > 3)
            return OperationResult.InvalidArguments;
        if (arguments.Count == 3)
            replyTo = arguments.Second;
        ReadOnlySpan<byte> digits = arguments.Count == 3 ? arguments.Third : arguments.Second;
        int headerLength = 0;
        if (withHeaders && !ControlLine.TryParseSize(headerDigits, out headerLength))
            return OperationResult.InvalidArguments;
        if (!ControlLine.TryParseSize(digits, out int size) || headerLength > size)
            return OperationResult.InvalidArguments;
        if (limits.MaxPayload >= 0 && size > limits.MaxPayload)
            return OperationResult.Broken(ProtocolViolation.PayloadTooLarge);
        BodyStatus bodyStatus = ControlLine.TakeBody(rest, lineLength, size, out ReadOnlySpan<byte> body);
        if (bodyStatus != BodyStatus.Complete)
            return OperationResult.Of(bodyStatus, lineLength + size + 2);
        var operation = new PublishOperation
        {
            Subject = arguments.First,
            ReplyTo = replyTo,
            Body = body,
            HeaderLength = headerLength,
            HeaderSizeDigits = headerDigits,
            SizeDigits = digits,
        };
        return OperationResult.Handled(lineLength + size + 2, handler.OnPublish(in operation));
    }

    /// <summary>Takes the header size out of the arguments of HPUB, so that those of PUB are left.</summary>
    private static bool TakeHeaderSize(scoped ref ArgumentList arguments, out ReadOnlySpan<byte> headerDigits)
    {
        if (arguments.Count == 3)
        {
            headerDigits = arguments.Second;
            arguments.Second = arguments.Third;
        }
        else
        {
            headerDigits = arguments.Third;
            arguments.Third = arguments.Fourth;
        }

        arguments.Count--;
        return arguments.Count is 2 or 3;
    }

    // SUB and UNSUB take a stray CR for a blank, as the reference server does: a sid must not carry one into MSG lines.
    private static OperationResult Subscribe<THandler>(ReadOnlySpan<byte> line, int lineLength, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        ArgumentList arguments = ArgumentList.Split(line, " \t\r"u8);
        return arguments.Count switch
        {
            2 => OperationResult.Handled(lineLength, handler.OnSubscribe(arguments.First, default, arguments.Second)),
            3 => OperationResult.Handled(
                lineLength, handler.OnSubscribe(arguments.First, arguments.Second, arguments.Third)),
            _ => OperationResult.InvalidArguments,
        };
    }

    private static OperationResult Unsubscribe<THandler>(ReadOnlySpan<byte> line, int lineLength, ref THandler handler)
        where THandler : IClientOperationHandler, allows ref struct
    {
        ArgumentList arguments = ArgumentList.Split(line, " \t\r"u8);
        if (arguments.Count is not (1 or 2))
            return OperationResult.InvalidArguments;
        // A maximum that is not a number counts as none: the reference server ends the subscription at once then.
        _ = ControlLine.TryParseSize(arguments.Second, out int maxMessages);
        return OperationResult.Handled(lineLength, handler.OnUnsubscribe(arguments.First, maxMessages));
    }

    private enum ClientOperation
    {
        Unknown,
        Undecided,
        Pub,
        HPub,
        Sub,
        Unsub,
        Connect,
        Ping,
        Pong,
        Info,
        Ok,
        Err,
    }
}
