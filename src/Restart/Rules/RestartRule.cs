using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>One rule: which objects, and what takes their place.</summary>
/// <param name="Kind">One of <see cref="ObjectDescription.Kinds"/>.</param>
/// <param name="Pattern">The object's name; * stands for any text.</param>
/// <param name="Action">What is done.</param>
/// <param name="Value">Path or address of <see cref="RuleAction.Replace"/>, number of <see cref="RuleAction.Descriptor"/>; otherwise "".</param>
/// <param name="Source">The rule as it was written, for messages.</param>
public sealed record RestartRule(string Kind, string Pattern, RuleAction Action, string Value, string Source)
{
    public bool Matches(ObjectDescription item) => item.Kind == Kind && Matches(Pattern, item.Name);

    /// <summary>Whether a text is of the form of a pattern with any number of *.</summary>
    internal static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        // Each * takes as little as it can, more when the rest does not fit: no recursion, no exponential time.
        int p = 0, t = 0, star = -1, mark = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                mark = t;
            }
            else if (p < pattern.Length && pattern[p] == text[t])
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++mark;
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
