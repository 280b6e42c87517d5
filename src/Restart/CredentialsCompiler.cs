using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources.Program;

namespace Interpose.Restart;

/// <summary>
/// User and group ids and capabilities, which the kernel keeps for each thread. Only a privileged restart can give others than
/// its own; a user namespace knows one user anyway.
/// </summary>
internal sealed class CredentialsCompiler(ProgramBuilder program, HostFacts host, ProcessCredentials saved, bool isDumpable)
{
    private const uint Version3 = 0x20080522; // _LINUX_CAPABILITY_VERSION_3, capset(2)
    private const int Capabilities = 64, SetDumpable = 4, SetKeepCapabilities = 8, DropBounding = 24, SetSecureBits = 28, Ambient = 47; // PR_*, prctl(2)
    private const int Raise = 2; // PR_CAP_AMBIENT_RAISE

    private readonly bool _differ = host.IsPrivileged && !IsSame(saved, host.Credentials);

    // Whoever makes a user namespace has all capabilities in it, until it executes a program (user_namespaces(7)). The
    // program had none; and what it executes could not look at it (kcmp), having less.
    private readonly bool _drop = !host.IsPrivileged && saved.EffectiveUid != 0;

    /// <summary>In each thread, when nothing is left to do that needs privilege.</summary>
    public void Assume()
    {
        if (_drop)
        {
            SetCapabilities("no capabilities", 0, 0, 0);
        }

        if (!_differ)
        {
            return;
        }

        // Nobody can be given what the restart itself does not have.
        ulong permitted = saved.Permitted & host.Credentials.Permitted;
        Each(host.Credentials.Bounding & ~saved.Bounding, DropBounding, 0);
        Change(permitted);
        SetCapabilities("capabilities", permitted, saved.Effective & permitted, saved.Inheritable & (permitted | host.Credentials.Inheritable));
        Each(saved.Ambient & permitted & saved.Inheritable, Ambient, Raise);

        // Each of the changes has made the process one that others of its user cannot look at (prctl(2), PR_SET_DUMPABLE).
        program.Syscall("dumpable", SyscallNumber.Prctl, [SetDumpable, isDumpable ? 1 : 0], Expectation.Warn);
    }

    private void Change(ulong permitted)
    {
        uint[] groups = [.. saved.Groups];
        program.Syscall("supplementary groups", SyscallNumber.Setgroups, [groups.Length, program.Data<uint>(groups)]);
        program.Syscall("group ids", SyscallNumber.Setresgid, [saved.RealGid, saved.EffectiveGid, saved.SavedGid]);
        if (saved.FilesystemGid != saved.EffectiveGid)
        {
            program.Syscall("group id for files", SyscallNumber.Setfsgid, [saved.FilesystemGid], Expectation.Any);
        }

        if (permitted != 0)
        {
            // Otherwise the new user ids take them (capabilities(7)).
            program.Syscall("keep capabilities", SyscallNumber.Prctl, [SetKeepCapabilities, 1]);
        }

        program.Syscall("user ids", SyscallNumber.Setresuid, [saved.RealUid, saved.EffectiveUid, saved.SavedUid]);
        if (saved.FilesystemUid != saved.EffectiveUid)
        {
            program.Syscall("user id for files", SyscallNumber.Setfsuid, [saved.FilesystemUid], Expectation.Any);
        }

        if (saved.SecureBits == host.Credentials.SecureBits)
        {
            program.Syscall("keep capabilities", SyscallNumber.Prctl, [SetKeepCapabilities, 0]);
            return;
        }

        // That takes a privilege which the new user ids have made ineffective.
        SetCapabilities("capabilities", permitted, permitted, 0);
        program.Syscall("securebits", SyscallNumber.Prctl, [SetSecureBits, saved.SecureBits], Expectation.Warn);
    }

    private void SetCapabilities(string what, ulong permitted, ulong effective, ulong inheritable) => program.Syscall(
        what, SyscallNumber.Capset,
        [
            program.Data<uint>([Version3, 0]), // of this thread
            program.Data<uint>(
            [
                (uint)effective, (uint)permitted, (uint)inheritable,
                (uint)(effective >> 32), (uint)(permitted >> 32), (uint)(inheritable >> 32),
            ]),
        ]);

    private void Each(ulong set, int request, int how)
    {
        for (int i = 0; i < Capabilities; i++)
        {
            if ((set >> i & 1) != 0)
            {
                program.Syscall($"capability {i}", SyscallNumber.Prctl, how == 0 ? [request, i] : [request, how, i, 0, 0], Expectation.Warn);
            }
        }
    }

    private static bool IsSame(ProcessCredentials a, ProcessCredentials b) =>
        (a.RealUid, a.EffectiveUid, a.SavedUid, a.FilesystemUid) == (b.RealUid, b.EffectiveUid, b.SavedUid, b.FilesystemUid)
        && (a.RealGid, a.EffectiveGid, a.SavedGid, a.FilesystemGid) == (b.RealGid, b.EffectiveGid, b.SavedGid, b.FilesystemGid)
        && (a.Permitted, a.Effective, a.Inheritable, a.Ambient) == (b.Permitted, b.Effective, b.Inheritable, b.Ambient)
        && (a.Bounding, a.SecureBits) == (b.Bounding, b.SecureBits)
        && a.Groups.Order().SequenceEqual(b.Groups.Order());
}
