namespace Interpose.Linux;

/// <summary>Requests of ioctl(2) for terminals (ioctl_tty(2), asm-generic/ioctls.h).</summary>
public static class TerminalRequest
{
    public const int FlushQueues = 0x540B; // TCFLSH
    public const int SetExclusive = 0x540C;
    public const int ClearExclusive = 0x540D;
    public const int SetControlling = 0x540E;
    public const int GetForeground = 0x540F;
    public const int SetForeground = 0x5410;
    public const int InsertInput = 0x5412; // TIOCSTI
    public const int GetWindowSize = 0x5413;
    public const int SetWindowSize = 0x5414;
    public const int CountUnread = 0x541B; // FIONREAD
    public const int SetPacketMode = 0x5420;
    public const int GiveUpControlling = 0x5422; // TIOCNOTTY
    public const int GetSession = 0x5429;
    public const int OpenPeer = 0x5441; // TIOCGPTPEER
    public const long GetSettings = 0x802C542A; // TCGETS2
    public const long SetSettings = 0x402C542B; // TCSETS2
    public const long GetNumber = 0x80045430; // TIOCGPTN
    public const long SetLock = 0x40045431;
    public const long GetPacketMode = 0x80045438;
    public const long GetLock = 0x80045439;
    public const long GetExclusive = 0x80045440;
}
