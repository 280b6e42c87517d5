using Interpose.Linux;

namespace Interpose.Resources.Terminals;

/// <summary>
/// While it lives, this thread may change a terminal in whose background it is: otherwise the whole process group would be
/// stopped (SIGTTOU, SIGTTIN; tcsetattr(3)).
/// </summary>
internal sealed unsafe class HeldSignals : IDisposable
{
    private const int SetMask = 2, Block = 0, MaskLength = 8;
    private const ulong Mask = (1ul << 20) | (1ul << 21); // SIGTTIN, SIGTTOU
    private readonly ulong _before;

    public HeldSignals()
    {
        ulong mask = Mask, before = 0;
        Sys.Try(SyscallNumber.RtSigprocmask, Block, (ulong)&mask, (ulong)&before, MaskLength);
        _before = before;
    }

    public void Dispose()
    {
        ulong before = _before;
        Sys.Try(SyscallNumber.RtSigprocmask, SetMask, (ulong)&before, 0, MaskLength);
    }
}
