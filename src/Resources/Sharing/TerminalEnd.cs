using Interpose.Resources.Terminals;

namespace Interpose.Resources.Sharing;

/// <summary>An end of a pseudoterminal, packed into the value of a <see cref="SharedEntry"/>.</summary>
/// <param name="Fd">Its fd.</param>
/// <param name="IsMaster">Which end.</param>
/// <param name="Instance">See <see cref="TerminalFacts"/>.</param>
internal readonly record struct TerminalEnd(int Fd, bool IsMaster, int Instance)
{
    public static TerminalEnd Of(int fd, TerminalFacts facts) => new(fd, facts.IsMaster, facts.Instance);

    public static TerminalEnd FromValue(long value) => new((int)(value >> 25), (value & 1) != 0, (int)(value >> 1) & 0xffffff);

    public long ToValue() => ((long)Fd << 25) | ((long)Instance << 1) | (IsMaster ? 1L : 0);
}
