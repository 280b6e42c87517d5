using System.Globalization;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Kinds;

/// <summary>
/// pidfd_open(2): pids are the old ones, so that the process is found by its number as soon as it is there.
/// </summary>
public sealed class PidFdModule : ResourceModule
{
    private const string Pid = "pid";
    private const int Ended = -1;
    private const int ThreadFlag = OpenFlags.Exclusive; // PIDFD_THREAD

    public override OpenFileKind Kind => OpenFileKind.PidFd;

    public override bool Claims(DescriptorFacts facts) => facts.Target is "anon_inode:[pidfd]" or "anon_inode:[pidfs]";

    public override OpenFileDescription Describe(DescriptorFacts facts, DiscoveryContext context)
    {
        int pid = int.TryParse(facts.Info["Pid"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int p) ? p : 0;
        return pid is > 0 or Ended
            ? DiscoveryContext.Common(
                facts, Kind,
                extra: new Dictionary<string, string>(StringComparer.Ordinal) { [Pid] = pid.ToString(CultureInfo.InvariantCulture) })
            : throw new UnsupportedResourceException(
                $"pidfd {facts.Fd} is of a process in another pid namespace; let the program close it, then try again");
    }

    /// <summary>Each process opens its own: a pidfd has no state but its flags, so that nobody can tell.</summary>
    public override OpenFileDescription DescribeShared(DescriptorFacts facts, DiscoveryContext context) => Describe(facts, context);

    /// <summary>A placeholder: other processes are there only when all have been created.</summary>
    public override int Recreate(OpenFileDescription file, RecreationContext context) =>
        context.Program.Syscall("place of a pidfd", SyscallNumber.Eventfd2, [0, OpenFlags.CloseOnExec], keep: true);

    public override void Refill(OpenFileDescription file, int fd, RecreationContext context, bool isOwner)
    {
        ProgramBuilder program = context.Program;
        int pid = int.Parse(file.Extra.GetValueOrDefault(Pid, "-1"), CultureInfo.InvariantCulture);
        int flags = file.Flags & (OpenFlags.NonBlocking | ThreadFlag);
        int slot = pid == Ended
            ? OfEndedProcess(flags, program)
            : program.Syscall($"pidfd of process {pid}", SyscallNumber.PidfdOpen, [pid, flags], keep: true);
        int description = context.Process.Files.Descriptors.First(d => d.Number == fd).Description;
        foreach (FileDescriptor one in context.Process.Files.Descriptors.Where(d => d.Description == description))
        {
            program.Syscall(
                $"fd {one.Number} is it", SyscallNumber.Dup3,
                [Argument.Slot(slot), one.Number, one.CloseOnExec ? OpenFlags.CloseOnExec : 0]);
        }

        program.Syscall("close the copy", SyscallNumber.Close, [Argument.Slot(slot)]);
    }

    /// <summary>A process that has ended and been waited for: any will do. Its death is not signalled to anybody.</summary>
    private static int OfEndedProcess(int flags, ProgramBuilder program)
    {
        const int noSignal = 0, sigKill = 9, waitAll = 0x40000000; // __WALL, wait(2)
        int creation = program.Next;
        int child = program.Add(OperationKind.Process, "create a process that ends", 0, [0, noSignal, 0], keep: true);
        int skip = program.Next;
        program.Add(OperationKind.Goto, "the others go on", 0, []);
        program.SetNumber(creation, program.Next);
        program.Syscall("wait for the end", SyscallNumber.Poll, [0, 0, -1], Expectation.Any);
        program.Add(OperationKind.Exit, "end", 0, [0]);
        program.SetNumber(skip, program.Next);
        int slot = program.Syscall("its pidfd", SyscallNumber.PidfdOpen, [Argument.Slot(child), flags], keep: true);
        program.Syscall("end it", SyscallNumber.Kill, [Argument.Slot(child), sigKill]);
        program.Syscall("wait for its end", SyscallNumber.Wait4, [Argument.Slot(child), 0, waitAll, 0]);
        return slot;
    }
}
