using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Interpose.Cli.Native;
using Interpose.Cli.Output;
using Interpose.Cli.State;
using Interpose.Coordinator;
using Interpose.Coordinator.Logging;
using Interpose.Coordinator.Server;
using Interpose.Coordinator.Storage;
using Interpose.Protocol;
using Microsoft.Extensions.Logging;

namespace Interpose.Cli.Server;

/// <summary>Runs a coordinator in this process: in the foreground with a console, or as the daemon.</summary>
internal static class CoordinatorHost
{
    /// <summary>Runs it to its end.</summary>
    /// <param name="settings">What it was told.</param>
    /// <param name="readyFd">As a daemon: where to say that it is ready, or why it is not.</param>
    public static int Run(ServerSettings settings, int? readyFd)
    {
        try
        {
            return RunAsync(settings, readyFd).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or SocketException or UnauthorizedAccessException or CliException)
        {
            string message = e is SocketException ? $"cannot listen on {settings.Listen}: {e.Message}" : e.Message;
            if (readyFd is { } fd)
            {
                Tell(fd, message);
                return (int)ExitCode.Failure;
            }

            throw new CliException(ExitCode.Failure, message);
        }
    }

    private static async Task<int> RunAsync(ServerSettings settings, int? readyFd)
    {
        StateDirectory.Create(StateDirectory.Coordinators);
        CoordinatorRecord? before = settings.Adopted?.Predecessor;
        byte[] secret = before is not null ? CoordinatorLocator.ParseSecret(before.Secret) : Environment.GetEnvironmentVariable("INTERPOSE_SECRET") is { Length: > 0 } given
            ? CoordinatorLocator.ParseSecret(given)
            : Randomness.Bytes(Handshake.SecretSize);
        var options = new CoordinatorOptions
        {
            Listen = settings.Listen,
            Secret = secret,
            Computation = before?.Computation ?? ComputationId.Create(TimeProvider.System),
            AwaitedHosts = settings.Adopted?.Hosts ?? [],
            LastEpoch = before is null ? 0 : Adoption.LastEpoch(settings.CheckpointRoot, before.Computation),
            CheckpointRoot = settings.CheckpointRoot,
            Codec = settings.Codec,
            Leaks = settings.Leaks,
            Interval = settings.Interval,
            Linger = settings.Linger,
        };
        using TextWriter log = readyFd is null ? Console.Error : OpenLog(options.Computation);
        LogLevel level = readyFd is null ? LogLevel.Warning : LogLevel.Debug;
        using var server = new CoordinatorServer(options, new CheckpointDirectories(), new LineLogger(log, level, TimeProvider.System));
        int port = server.Address.Port;
        using FileLock alive = FileLock.Take(StateDirectory.LockOf(port));
        var published = new PublishedRecord(Describe(server, options, secret));
        try
        {
            server.SettingsChanged += changed => published.Change(record => record with
            {
                Computation = changed.Computation,
                CkptDir = changed.CheckpointRoot,
                Codec = changed.Codec,
                Leaks = changed.Leaks,
                IntervalMs = (long)changed.Interval.TotalMilliseconds,
            });
            server.HostsChanged += hosts => published.ChangeSoon(record => record with { Hosts = string.Join(',', hosts()) });
            if (before is not null && before.Port != port)
            {
                CoordinatorFiles.Replace(before.Port, port);
            }

            CoordinatorFiles.MakeDefault(port);
            if (settings.PortFile is { } portFile)
            {
                CoordinatorFiles.WritePrivate(portFile, Encoding.ASCII.GetBytes(port.ToString(CultureInfo.InvariantCulture) + "\n"));
            }

            return await ServeAsync(server, settings, options.Computation, readyFd).ConfigureAwait(false);
        }
        finally
        {
            // With its file another one can adopt the processes that go on.
            if (server.ProcessesLeft == 0)
            {
                CoordinatorFiles.Remove(port);
            }
        }
    }

    private static async Task<int> ServeAsync(CoordinatorServer server, ServerSettings settings, string computation, int? readyFd)
    {
        Task running = server.RunAsync();
        using PosixSignalRegistration terminate = OnSignal(server, PosixSignal.SIGTERM);
        using PosixSignalRegistration interrupt = OnSignal(server, PosixSignal.SIGINT);
        using PosixSignalRegistration hangUp = OnSignal(server, PosixSignal.SIGHUP);
        if (settings.Adopted is { } adopted)
        {
            if (await Homecoming.WaitAsync(server, computation, adopted.Hosts).ConfigureAwait(false))
            {
                Adoption.RemoveUnfinished(settings.CheckpointRoot, computation);
            }
        }

        if (readyFd is { } fd)
        {
            Directory.SetCurrentDirectory("/");
            Tell(fd, Daemon.Ready);
        }
        else
        {
            Terminal.Note($"coordinator on {server.Address}; '?' for help");
            var console = new Consoles.CoordinatorConsole(server);
            _ = Task.Run(console.Run);
        }

        await running.ConfigureAwait(false);
        return (int)ExitCode.Ok;
    }

    private static PosixSignalRegistration OnSignal(CoordinatorServer server, PosixSignal signal) =>
        PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            server.RequestStop($"received {signal}");
        });

    private static CoordinatorRecord Describe(CoordinatorServer server, CoordinatorOptions options, byte[] secret) => new()
    {
        Host = Reachable(server.Address.Address),
        Port = server.Address.Port,
        Pid = Environment.ProcessId,
        Secret = Convert.ToHexStringLower(secret),
        Computation = options.Computation,
        CkptDir = options.CheckpointRoot,
        Codec = options.Codec,
        Listen = server.Address.ToString(),
        IntervalMs = (long)options.Interval.TotalMilliseconds,
        LingerMs = options.Linger is { } linger ? (long)linger.TotalMilliseconds : -1,
        Leaks = options.Leaks,
        Hosts = string.Join(',', options.AwaitedHosts),
    };

    private static string Reachable(IPAddress address) =>
        address.Equals(IPAddress.Any) ? IPAddress.Loopback.ToString()
        : address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback.ToString()
        : address.ToString();

    private static StreamWriter OpenLog(string computation)
    {
        StateDirectory.Create(StateDirectory.Logs);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        return new StreamWriter(Path.Combine(StateDirectory.Logs, computation + ".log"), options);
    }

    private static unsafe void Tell(int fd, string text)
    {
        fixed (byte* bytes = Encoding.UTF8.GetBytes(text))
        {
            _ = Libc.Write(fd, bytes, (nuint)Encoding.UTF8.GetByteCount(text));
        }

        _ = Libc.Close(fd);
    }
}
