using Interpose.Images;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>
/// The kernel's own pages, [vvar] and [vdso], belong to this machine's kernel: they are set aside while all other memory
/// is replaced, and then moved to where the program knows them.
/// </summary>
internal sealed class VdsoCompiler(ProgramBuilder program, HostFacts host, VdsoLocation saved)
{
    private const int Parts = 3;
    private const int MayMove = 1, Fixed = 2; // MREMAP_*
    private static readonly string[] s_names = ["[vvar]", "[vvar_vclock]", "[vdso]"];

    private readonly int _found = program.NewSlot(2 * Parts);

    /// <summary>Refuses a vdso that the program's code does not fit.</summary>
    public void Check()
    {
        if (saved.Start == 0)
        {
            return;
        }

        ulong data = host.VdsoLengths[0] + host.VdsoLengths[1];
        bool same = saved.Crc == host.VdsoCrc && saved.End - saved.Start == host.VdsoLengths[2]
            && (saved.DataStart == 0 || saved.Start - saved.DataStart == data);
        if (!same)
        {
            throw new ImageException(
                "the kernel's vdso differs from that of the machine where the checkpoint was taken; "
                + "restart on a machine with the same kernel version");
        }
    }

    public void SetAside()
    {
        program.Add(OperationKind.FindVdso, "find the vdso", 0, [_found]);
        Move("set aside", ProgramHeader.Staging, (part, _) => Argument.Slot(_found + (2 * part)));
    }

    public void PutBack()
    {
        ulong target = saved.DataStart != 0 ? saved.DataStart : saved.Start - host.VdsoLengths[0] - host.VdsoLengths[1];
        Move("put back", target, (_, offset) => ProgramHeader.Staging + offset);
    }

    private void Move(string verb, ulong target, Func<int, ulong, Argument> source)
    {
        if (saved.Start == 0)
        {
            return;
        }

        ulong offset = 0;
        for (int part = 0; part < Parts; part++)
        {
            ulong length = host.VdsoLengths[part];
            if (length != 0)
            {
                program.Syscall(
                    $"{verb} {s_names[part]}", SyscallNumber.Mremap,
                    [source(part, offset), length, length, MayMove | Fixed, target + offset],
                    Expectation.Value, (long)(target + offset));
            }

            offset += length;
        }
    }
}
