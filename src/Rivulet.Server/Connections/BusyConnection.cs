namespace Rivulet.Server.Connections;

/// <summary>Which connection of a server had input last, and whether only that one had any for a while.</summary>
/// <remarks>
/// Any receive loop. Two that ask at the same time may each miss what the other says; what rests on the answer must be right
/// whatever it is.
/// </remarks>
/// <param name="processors">Processors of the machine. On a single one, a loop that looks for input would keep the client from
/// sending it, so nobody is alone there.</param>
internal sealed class BusyConnection(int processors)
{
    private const int TurnsAlone = 8;

    private readonly bool _isEver = processors > 1;
    private ulong _last;
    private int _turns;

    /// <summary>Notes that a connection had input.</summary>
    /// <returns>Whether no other had any during its last few turns.</returns>
    public bool IsAlone(ulong connection)
    {
        if (_last != connection)
        {
            _last = connection;
            _turns = 0;
            return false;
        }

        if (_turns < TurnsAlone)
        {
            _turns++;
            return false;
        }

        return _isEver;
    }
}
