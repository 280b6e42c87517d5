using System.Globalization;
using System.Runtime.InteropServices;
using Interpose.Images.Checkpoints;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Sockets;
using Interpose.Restart.Hosts;
using Interpose.Restart.Rules;
using Interpose.Restart.Terminals;
using Interpose.Restart.Tree;

namespace Interpose.Restart;

/// <summary>Brings a checkpoint back to life.</summary>
public static class Restarter
{
    /// <summary>
    /// Validates the checkpoint, compiles it, and becomes the restorer, which becomes the program. Returns only by
    /// exception.
    /// </summary>
    /// <exception cref="Images.ImageException">The checkpoint cannot be restarted here.</exception>
    /// <exception cref="SyscallException">The restorer cannot be started.</exception>
    /// <exception cref="NotSupportedException">The program needs a terminal, and there is none.</exception>
    public static int Run(RestartOptions options)
    {
        using Checkpoint checkpoint = Checkpoint.Open(options.CheckpointDirectory, options.Part?.Host);
        checkpoint.VerifyData(onlyTouched: true);
        HostFacts host = HostFacts.Read(!options.NoTerminal);
        int taken = host.IsPrivileged ? PidAvailability.FirstTaken(Numbers(checkpoint)) : 0;
        var replacements = new Replacements(options.Rules);
        RestartTarget Target(RestartCoordinator coordinator) => new()
        {
            Coordinator = coordinator,
            Replacements = replacements,
            HostName = options.Part?.Name,
            NewPidNamespace = !host.IsPrivileged || taken != 0 || options.Part is { IsOneOfSeveralHere: true },
            NewUserNamespace = !host.IsPrivileged,
            ProcessCount = checkpoint.Images.Count,
        };
        var compiler = new RestartCompiler(host);
        if (!options.NoTerminal)
        {
            TerminalCheck.Require(host.Terminal, [.. checkpoint.Images.Select(i => i.Reader.Metadata)]);
        }

        // Once for what it may find wrong: only then may a coordinator hear of it.
        RestartTarget nowhere = Target(new RestartCoordinator("", [], ""));
        RestartPlan trial = compiler.Compile(checkpoint, nowhere);
        if (!options.Rules.IsEmpty)
        {
            foreach (RestartRule rule in replacements.Unused)
            {
                Warn($"the rule '{rule.Source}' names nothing that is open in this checkpoint");
            }

            replacements.Open(new ReplacementOpener(options.Hook, options.Rules.Hook, Warn));
            trial = compiler.Compile(checkpoint, nowhere);
        }

        foreach (string warning in trial.Warnings)
        {
            Warn(warning);
        }

        RestartTarget target = Target(options.Coordinator());
        if (options.Part is { } part)
        {
            ProcessMetadata[] processes = [.. checkpoint.Images.Select(i => i.Reader.Metadata)];
            var links = new HostLinks(
                HostLink.Of(processes), FormerAddresses.Of(processes), target.Coordinator.Secret, part.Authenticate);
            target.HostLinks = links.MakeAsync(part.Meet).GetAwaiter().GetResult();
            target.Moved = links.Moved;
        }

        RestartPlan plan = compiler.Compile(checkpoint, target);
        foreach (int fd in replacements.Fds)
        {
            const int setDescriptorFlags = 2;
            Sys.Call("replacement", SyscallNumber.Fcntl, (ulong)fd, setDescriptorFlags, 0);
        }

        Execute(plan.ToBytes(), plan.FirstLength);
        return 1;
    }

    /// <summary>The plan that <see cref="Run"/> would execute here, for people.</summary>
    public static RestartPlan Compile(Checkpoint checkpoint)
    {
        HostFacts host = HostFacts.Read();
        return new RestartCompiler(host).Compile(checkpoint, new RestartTarget
        {
            Coordinator = new RestartCoordinator("", [], ""),
            NewPidNamespace = !host.IsPrivileged,
            NewUserNamespace = !host.IsPrivileged,
            ProcessCount = checkpoint.Images.Count,
        });
    }

    private static void Warn(string warning) => Console.Error.WriteLine($"interpose: warning: {warning}");

    /// <summary>Every number that a process or thread of the checkpoint had.</summary>
    private static IEnumerable<int> Numbers(Checkpoint checkpoint)
    {
        IReadOnlyList<ProcessMetadata> processes = [.. checkpoint.Images.Select(i => i.Reader.Metadata)];
        return processes.SelectMany(p => p.Threads).Select(t => t.Tid)
            .Concat(TreePlanner.Plan(processes, ownInit: false).Select(n => n.Pid).Where(p => p != 0)).Distinct();
    }

    private static unsafe void Execute(byte[] program, ulong firstLength)
    {
        string restorer = Path.GetFullPath(
            Path.Combine(Path.GetDirectoryName(Sys.TryReadLink("/proc/self/exe")!)!, "../lib/interpose/interpose-restorer"));
        int fd;
        fixed (byte* name = Sys.Path("interpose-restart"))
        {
            fd = (int)Sys.Call("compiled restart", SyscallNumber.MemfdCreate, (ulong)name, 0);
        }

        for (int done = 0; done < program.Length;)
        {
            long n = Sys.TryWrite(fd, program.AsSpan(done));
            done += n > 0 ? (int)n : throw new SyscallException("write", (int)-n, "compiled restart");
        }

        string[] arguments =
            [restorer, fd.ToString(CultureInfo.InvariantCulture), firstLength.ToString(CultureInfo.InvariantCulture)];
        nint* vector = stackalloc nint[arguments.Length + 1];
        for (int i = 0; i < arguments.Length; i++)
        {
            vector[i] = Marshal.StringToCoTaskMemUTF8(arguments[i]);
        }

        vector[arguments.Length] = 0;
        nint none = 0;
        fixed (byte* path = Sys.Path(restorer))
        {
            long error = Sys.Try(SyscallNumber.Execve, (ulong)path, (ulong)vector, (ulong)&none);
            throw new SyscallException("execve", (int)-error, restorer);
        }
    }
}
