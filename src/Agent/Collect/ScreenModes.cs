using System.Text;
using Interpose.Agent.Abi;
using Interpose.Images.Metadata;
using Interpose.Linux;
using Interpose.Resources;

namespace Interpose.Agent.Collect;

/// <summary>What the shim noted of the modes of terminals that this process has switched.</summary>
internal static unsafe class ScreenModes
{
    private const long GetDevice = 0x80045432; // TIOCGDEV
    private const int PollOut = 4;

    public static List<ScreenMode> Collect(NativeState* state)
    {
        var modes = new List<ScreenMode>();
        for (int i = 0; state->ScreenModes != null && i < NativeScreenMode.Count; i++)
        {
            NativeScreenMode mode = state->ScreenModes[i];
            if (mode.TimeNs != 0)
            {
                modes.Add(new ScreenMode { Device = mode.Device, Mode = (int)mode.Mode, IsSet = mode.Set != 0, TimeNs = (long)mode.TimeNs });
            }
        }

        return modes;
    }

    /// <summary>In a restored life the same fds lead to other terminals.</summary>
    public static void FindTerminals(NativeState* state)
    {
        for (int i = 0; state->ScreenModes != null && i < NativeScreenMode.Count; i++)
        {
            NativeScreenMode* mode = &state->ScreenModes[i];
            if (mode->TimeNs != 0 && DeviceOf(mode->Fd) is var device and > 0)
            {
                mode->Device = (uint)device;
            }
        }
    }

    /// <summary>A process that is about to be ended cannot leave its terminal in order itself.</summary>
    /// <param name="back">To what the terminal has by itself; otherwise as the program wants it.</param>
    public static void Switch(NativeState* state, bool back)
    {
        for (int i = 0; state->ScreenModes != null && i < NativeScreenMode.Count; i++)
        {
            NativeScreenMode mode = state->ScreenModes[i];
            if (mode.TimeNs != 0 && mode.Set != 0 != ScreenMode.IsUsuallySet((int)mode.Mode) && DeviceOf(mode.Fd) == mode.Device)
            {
                Write(mode.Fd, ScreenMode.Sequence((int)mode.Mode, back == ScreenMode.IsUsuallySet((int)mode.Mode)));
            }
        }
    }

    private static long DeviceOf(int fd)
    {
        try
        {
            using var borrowed = new BorrowedDescriptor(fd);
            return new TerminalFile(borrowed.Fd).Number(GetDevice);
        }
        catch (SyscallException)
        {
            return -1; // closed meanwhile
        }
    }

    /// <summary>Only what does not have to wait: nobody may be reading any more.</summary>
    private static void Write(int fd, string text)
    {
        using var borrowed = new BorrowedDescriptor(fd);
        int* request = stackalloc int[2];
        request[0] = borrowed.Fd;
        request[1] = PollOut;
        Sys.Try(SyscallNumber.Poll, (ulong)request, 1, 0);
        if ((request[1] >> 16 & PollOut) != 0)
        {
            Sys.TryWrite(borrowed.Fd, Encoding.ASCII.GetBytes(text));
        }
    }
}
