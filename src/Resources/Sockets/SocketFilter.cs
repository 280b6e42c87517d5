using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Resources.Sockets;

/// <summary>The packet filter of a socket (SO_ATTACH_FILTER, socket(7)): it comes back when all queues are filled.</summary>
internal static unsafe class SocketFilter
{
    private const string Key = "filter";
    private const int SolSocket = 1, Filter = 26; // SO_ATTACH_FILTER, to read SO_GET_FILTER
    private const int InstructionSize = 8;        // struct sock_filter, linux/filter.h
    private const int Denied = -13;               // EACCES: it was attached as a BPF object

    /// <exception cref="UnsupportedResourceException">It is one that the kernel does not show.</exception>
    public static void Describe(DescriptorFacts facts, int fd, Dictionary<string, string> extra)
    {
        int count = 0; // in instructions, as net/core/filter.c (sk_get_filter) has it
        long outcome = Sys.Try(SyscallNumber.Getsockopt, (ulong)fd, SolSocket, Filter, 0, (ulong)&count);
        if (outcome == Denied)
        {
            throw new UnsupportedResourceException(
                $"fd {facts.Fd} is {facts.Target}, a socket with a BPF program as its filter (SO_ATTACH_BPF), which cannot be checkpointed; "
                + "let the program detach it, then try again");
        }

        if (outcome < 0 || count <= 0)
        {
            return;
        }

        byte[] program = new byte[count * InstructionSize];
        fixed (byte* p = program)
        {
            Sys.Call("filter of a socket", SyscallNumber.Getsockopt, (ulong)fd, SolSocket, Filter, (ulong)p, (ulong)&count);
        }

        extra[Key] = Convert.ToHexString(program);
    }

    public static void Refill(OpenFileDescription file, int fd, ProgramBuilder program)
    {
        if (!file.Extra.TryGetValue(Key, out string? hex))
        {
            return;
        }

        byte[] instructions = Convert.FromHexString(hex);

        // struct sock_fprog: number of instructions, where they are
        Argument filter = program.Data<ulong>([(ulong)(instructions.Length / InstructionSize), 0]);
        program.Add(
            OperationKind.Store, "filter of a socket", 8,
            [new Argument(filter.Value + 8, ArgumentMode.Data), program.Data(instructions)]);
        program.Syscall($"filter of {file.Path}", SyscallNumber.Setsockopt, [fd, SolSocket, Filter, filter, 16]);
    }
}
