using Interpose.Images.Metadata;
using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>
/// What takes the place of which open file. A restart is first compiled with all rules looked up and nothing opened, so
/// that what is wrong with it does no harm; then <see cref="Open"/> gets the fds, and the restorer inherits them.
/// </summary>
internal sealed class Replacements(RuleSet rules)
{
    private readonly Dictionary<OpenFileDescription, ReplacedFile> _found = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<OpenFileDescription, int> _opened = new(ReferenceEqualityComparer.Instance);
    private bool _isOpen;

    public static Replacements None { get; } = new(RuleSet.None);

    /// <summary>The fds that the restorer must inherit.</summary>
    public IEnumerable<int> Fds => _opened.Values;

    /// <summary>Rules without an object.</summary>
    public IEnumerable<RestartRule> Unused => rules.Unused;

    /// <summary>
    /// The fd that takes the place of a file; while nothing is open yet, that of some file. Null: it is restored as usual.
    /// </summary>
    public int? Find(OpenFileDescription file, Func<IReadOnlyList<(int Pid, string Name, int Fd)>> holders)
    {
        if (rules.IsEmpty)
        {
            return null;
        }

        if (_isOpen)
        {
            return _opened.TryGetValue(file, out int fd) ? fd : null;
        }

        if (ObjectDescription.Of(file) is not { } item || rules.For(item) is not { } rule || rule.Action == RuleAction.Reset)
        {
            return null;
        }

        _found.TryAdd(file, new ReplacedFile(file, item, rule, holders()));
        return 0;
    }

    /// <summary>Opens, connects and asks hooks, in the order in which the files were found.</summary>
    /// <exception cref="ReplacementException">Something cannot be had.</exception>
    public void Open(ReplacementOpener opener)
    {
        foreach ((OpenFileDescription file, ReplacedFile replaced) in _found)
        {
            if (opener.Open(replaced) is { } fd)
            {
                _opened[file] = fd;
            }
        }

        _isOpen = true;
    }
}
