using System.Runtime.InteropServices;

namespace Interpose.Application;

/// <summary>The functions of interpose.h. Without Interpose every call does nothing; <see cref="IsRunning"/> says so.</summary>
public static unsafe class Checkpoints
{
    private static readonly nint s_program = NativeLibrary.GetMainProgramHandle();
    private static readonly List<Action> s_callbacks = [];
    private static readonly List<Func<int>> s_openers = [];

    /// <summary>The program runs under Interpose.</summary>
    public static bool IsRunning => Find("running") is var f and not 0 && ((delegate* unmanaged<int>)f)() != 0;

    /// <summary>How many restarts lie behind this life; 0 in the first one.</summary>
    public static uint Generation => Find("generation") is var f and not 0 ? ((delegate* unmanaged<uint>)f)() : 0;

    /// <summary>Makes a checkpoint of the whole computation and waits for its end.</summary>
    /// <exception cref="CheckpointException">It failed; the message says why.</exception>
    public static CheckpointResult Make()
    {
        nint f = Find("checkpoint");
        int result = f == 0 ? 0 : ((delegate* unmanaged<int>)f)();
        return result >= 0 ? (CheckpointResult)result : throw new CheckpointException(Reason(result));
    }

    /// <summary>No checkpoint begins until what is returned is disposed, by the same thread; that should not last two seconds.</summary>
    public static IDisposable Delay()
    {
        Checked(Find("delay") is var f and not 0 ? ((delegate* unmanaged<int>)f)() : 0);
        return new Section();
    }

    /// <summary>The whole pages of unmanaged memory are not saved; after a restart they are zero.</summary>
    /// <exception cref="CheckpointException">There is no whole page in it, or too many ranges were named.</exception>
    public static void ExcludeMemory(void* start, nuint length) =>
        Checked(Find("exclude_memory") is var f and not 0 ? ((delegate* unmanaged<void*, nuint, int>)f)(start, length) : 0);

    /// <summary>Whoever else has this file open does not count as a leak.</summary>
    public static void IgnoreLeak(SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Checked(Find("ignore_leak") is var f and not 0 ? ((delegate* unmanaged<int, int>)f)((int)file.DangerousGetHandle()) : 0);
    }

    /// <summary>Calls back at each of these moments, on a thread of its own.</summary>
    public static void On(CheckpointMoment moment, Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        nint index;
        lock (s_callbacks)
        {
            s_callbacks.Add(callback);
            index = s_callbacks.Count - 1;
        }

        Checked(Find("on") is var f and not 0
            ? ((delegate* unmanaged<int, delegate* unmanaged<nint, void>, nint, int>)f)((int)moment, &CallBack, index)
            : 0);
    }

    /// <summary>
    /// Closes a file before each checkpoint and has it opened again afterwards. In between its number leads to /dev/null, as it does
    /// when nothing could be opened.
    /// </summary>
    /// <param name="file">What is closed.</param>
    /// <param name="openAgain">Opens it, and gives a file descriptor of its own, which takes the number of the old one; negative: none.</param>
    public static void Reopen(SafeHandle file, Func<int> openAgain)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(openAgain);
        nint index;
        lock (s_callbacks)
        {
            s_openers.Add(openAgain);
            index = s_openers.Count - 1;
        }

        Checked(Find("reopen") is var f and not 0
            ? ((delegate* unmanaged<int, delegate* unmanaged<int, nint, int>, nint, int>)f)((int)file.DangerousGetHandle(), &OpenAgain, index)
            : 0);
    }

    [UnmanagedCallersOnly]
    private static int OpenAgain(int fd, nint index)
    {
        Func<int> openAgain;
        lock (s_callbacks)
        {
            openAgain = s_openers[(int)index];
        }

        return openAgain();
    }

    [UnmanagedCallersOnly]
    private static void CallBack(nint index)
    {
        Action callback;
        lock (s_callbacks)
        {
            callback = s_callbacks[(int)index];
        }

        callback();
    }

    private static nint Find(string name) =>
        NativeLibrary.TryGetExport(s_program, "interpose_" + name, out nint address) ? address : 0;

    private static void Checked(int result)
    {
        if (result < 0)
        {
            throw new CheckpointException(Marshal.GetPInvokeErrorMessage(-result));
        }
    }

    private static string Reason(int result)
    {
        nint f = Find("error");
        string text = f == 0 ? string.Empty : Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)f)()) ?? string.Empty;
        return text.Length > 0 ? text : Marshal.GetPInvokeErrorMessage(-result);
    }

    private sealed class Section : IDisposable
    {
        private bool _disposed;

        public void Dispose()
        {
            if (!_disposed)
            {
                _disposed = true;
                Checked(Find("allow") is var f and not 0 ? ((delegate* unmanaged<int>)f)() : 0);
            }
        }
    }
}
