using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>All rules of a restart; the first that names an object counts.</summary>
/// <param name="rules">In their order.</param>
/// <param name="hook">The program that hooks run, which is also asked for what would be lost and no rule names; null: none.</param>
public sealed class RuleSet(IReadOnlyList<RestartRule> rules, string? hook)
{
    private readonly HashSet<RestartRule> _used = new(ReferenceEqualityComparer.Instance);

    public static RuleSet None { get; } = new([], null);

    public string? Hook => hook;

    public IReadOnlyList<RestartRule> Rules => rules;

    public bool IsEmpty => rules.Count == 0 && hook is null;

    /// <summary>Rules that named nothing so far.</summary>
    public IEnumerable<RestartRule> Unused => rules.Where(r => !_used.Contains(r));

    /// <summary>The rule for an object; null: none, it is restored as usual.</summary>
    public RestartRule? For(ObjectDescription item)
    {
        RestartRule? found = rules.FirstOrDefault(r => r.Matches(item));
        if (found is not null)
        {
            _used.Add(found);
            return found;
        }

        return hook is not null && item.IsLost ? new RestartRule(item.Kind, item.Name, RuleAction.Hook, "", "--hook") : null;
    }
}
