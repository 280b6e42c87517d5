using System.Globalization;
using Interpose.Protocol.Messages;

namespace Interpose.Simulation;

/// <summary>Which agents are on which host, and what they have in common.</summary>
/// <param name="PerHost">Agents of a host.</param>
internal sealed record Layout(int PerHost)
{
    private const int FirstPid = 1000;
    private const byte Description = 1;
    private const byte Connection = 128;

    public string Host(int number) => string.Create(CultureInfo.InvariantCulture, $"node{number / PerHost:D5}");

    public int Pid(int number) => FirstPid + (number % PerHost);

    /// <summary>
    /// Three descriptions that all of a host share (standard input, output and error), and a connection to the same rank of
    /// the hosts before and behind.
    /// </summary>
    public IReadOnlyList<PublishedKey> Published(int number)
    {
        ulong host = (ulong)(number / PerHost), rank = (ulong)(number % PerHost);
        return
        [
            new(Description, 26, 4, 0),
            new(Description, 26, 5, 1),
            new(Description, 26, 6, 2),
            new(Connection, host, rank, 3),
            new(Connection, host + 1, rank, 4),
        ];
    }
}
