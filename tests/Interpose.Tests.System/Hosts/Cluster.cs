using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Hosts;

/// <summary>Several hosts in namespaces of this machine (tests/hosts/cluster.sh): node1, node2 and so on.</summary>
internal sealed class Cluster : IDisposable
{
    private readonly Sandbox _sandbox;
    private readonly string _directory;

    private Cluster(Sandbox sandbox)
    {
        _sandbox = sandbox;
        _directory = Path.Combine(sandbox.Root, "cluster");
    }

    private static string Script => Path.Combine(Installation.Repository, "tests", "hosts", "cluster.sh");

    /// <summary>Starts the hosts.</summary>
    public static async Task<Cluster> StartAsync(Sandbox sandbox, int hosts)
    {
        var cluster = new Cluster(sandbox);
        try
        {
            (await sandbox.RunAsync(Script, "start", cluster._directory, $"{hosts}")).MustSucceed();
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Starts a command on a host.</summary>
    public RunningProgram Start(string host, params string[] words) => _sandbox.Start([Script, "exec", _directory, host, .. words]);

    /// <summary>Brings a directory to another path on one host, as INTERPOSE_HOME says to commands that ssh starts there.</summary>
    public async Task RehomeAsync(string host, string from, string to) =>
        (await _sandbox.RunAsync(Script, "rehome", _directory, host, from, to)).MustSucceed();

    /// <inheritdoc/>
    public void Dispose() => Shell.TryRun(Script, "stop", _directory);
}
