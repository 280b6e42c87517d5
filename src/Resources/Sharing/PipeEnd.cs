namespace Interpose.Resources.Sharing;

/// <summary>How a process holds a pipe, packed into the value of a <see cref="SharedEntry"/>.</summary>
public readonly record struct PipeEnd(int Fd, bool CanRead, bool CanWrite)
{
    public static PipeEnd Of(DescriptorFacts facts)
    {
        int mode = facts.Flags & Linux.OpenFlags.AccessMode;
        return new(facts.Fd, mode != Linux.OpenFlags.WriteOnly, mode != Linux.OpenFlags.ReadOnly);
    }

    public static PipeEnd FromValue(long value) => new((int)(value >> 2), (value & 1) != 0, (value & 2) != 0);

    public long ToValue() => ((long)Fd << 2) | (CanRead ? 1L : 0) | (CanWrite ? 2L : 0);
}
