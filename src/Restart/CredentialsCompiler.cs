using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>
/// User and group ids, which the kernel keeps for each thread. Only a privileged restart can give others than its own; a
/// user namespace knows one user anyway.
/// </summary>
internal sealed class CredentialsCompiler(ProgramBuilder program, HostFacts host, ProcessCredentials saved)
{
    private readonly bool _differ = host.IsPrivileged && !IsSame(saved, host.Credentials);

    // Whoever makes a user namespace has all capabilities in it, until it executes a program (user_namespaces(7)). The
    // program had none; and what it executes could not look at it (kcmp), having less.
    private readonly bool _drop = !host.IsPrivileged && saved.EffectiveUid != 0;

    /// <summary>In each thread, when nothing is left to do that needs privilege.</summary>
    public void Assume()
    {
        if (_drop)
        {
            // _LINUX_CAPABILITY_VERSION_3, this thread; three empty sets (capset(2))
            Argument header = program.Data<uint>([0x20080522, 0]);
            program.Syscall("no capabilities", SyscallNumber.Capset, [header, program.Data(new byte[24])]);
        }

        if (!_differ)
        {
            return;
        }

        uint[] groups = [.. saved.Groups];
        program.Syscall("supplementary groups", SyscallNumber.Setgroups, [groups.Length, program.Data<uint>(groups)]);
        program.Syscall("group ids", SyscallNumber.Setresgid, [saved.RealGid, saved.EffectiveGid, saved.SavedGid]);
        program.Syscall("user ids", SyscallNumber.Setresuid, [saved.RealUid, saved.EffectiveUid, saved.SavedUid]);
        if (saved.FilesystemGid != saved.EffectiveGid)
        {
            program.Syscall("group id for files", SyscallNumber.Setfsgid, [saved.FilesystemGid], Expectation.Any);
        }

        if (saved.FilesystemUid != saved.EffectiveUid)
        {
            program.Syscall("user id for files", SyscallNumber.Setfsuid, [saved.FilesystemUid], Expectation.Any);
        }
    }

    private static bool IsSame(ProcessCredentials a, ProcessCredentials b) =>
        (a.RealUid, a.EffectiveUid, a.SavedUid, a.FilesystemUid) == (b.RealUid, b.EffectiveUid, b.SavedUid, b.FilesystemUid)
        && (a.RealGid, a.EffectiveGid, a.SavedGid, a.FilesystemGid) == (b.RealGid, b.EffectiveGid, b.SavedGid, b.FilesystemGid)
        && a.Groups.Order().SequenceEqual(b.Groups.Order());
}
