using System.Globalization;
using System.Text;
using Interpose.Protocol;

namespace Interpose.Cli.Hosts;

/// <summary>
/// What `interpose restart-part` is told on its standard input, where no list of processes shows it: one host of a
/// restart over several.
/// </summary>
internal sealed record PartOrder
{
    private const int MaxLength = 32 * 1024;

    public required string Coordinator { get; init; }

    public required string Secret { get; init; }

    public required string Computation { get; init; }

    public required string Directory { get; init; }

    public required ulong Epoch { get; init; }

    public required string Host { get; init; }

    public required string Name { get; init; }

    public required int Parts { get; init; }

    public required bool IsShared { get; init; }

    /// <summary>A loopback address of the coordinator means the host that ssh comes from.</summary>
    public required bool IsRemote { get; init; }

    public byte[] ToBytes()
    {
        string[] fields =
        [
            Coordinator, Secret, Computation, Directory, Epoch.ToString(CultureInfo.InvariantCulture), Host, Name,
            Parts.ToString(CultureInfo.InvariantCulture), IsShared ? "1" : "0", IsRemote ? "1" : "0", "end",
        ];
        return Encoding.UTF8.GetBytes(string.Join('\0', fields));
    }

    /// <exception cref="CliException">It is incomplete.</exception>
    public static PartOrder Read(Stream input)
    {
        var all = new MemoryStream();
        byte[] buffer = new byte[4096];
        for (int n; all.Length < MaxLength && (n = input.Read(buffer)) > 0;)
        {
            all.Write(buffer, 0, n);
        }

        string[] fields = Encoding.UTF8.GetString(all.ToArray()).Split('\0');
        return fields is [_, _, _, _, var epoch, _, _, var parts, var shared, var remote, "end"]
            && ulong.TryParse(epoch, CultureInfo.InvariantCulture, out ulong number)
            && int.TryParse(parts, CultureInfo.InvariantCulture, out int count)
            ? new PartOrder
            {
                Coordinator = fields[0],
                Secret = fields[1],
                Computation = fields[2],
                Directory = fields[3],
                Epoch = number,
                Host = fields[5],
                Name = fields[6],
                Parts = count,
                IsShared = shared == "1",
                IsRemote = remote == "1",
            }
            : throw new CliException(
                ExitCode.Usage, "the order is incomplete; this command is executed by 'interpose restart' on other hosts; is the same version there?");
    }
}
