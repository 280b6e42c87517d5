using System.CommandLine;
using System.CommandLine.Parsing;

namespace Interpose.Cli.Flags;

/// <summary>
/// Makes options that have an environment twin: <c>--ckpt-dir</c> is INTERPOSE_CKPT_DIR. The flag beats the
/// environment, which beats the default.
/// </summary>
internal static class Flag
{
    /// <summary>The environment twin of a flag.</summary>
    public static string TwinOf(string flag) =>
        "INTERPOSE_" + flag.TrimStart('-').Replace('-', '_').ToUpperInvariant();

    /// <summary>A flag with a text value.</summary>
    public static Option<string?> Text(string name, string valueName, string description) =>
        Create(name, valueName, description, static text => (string?)text);

    /// <summary>A flag that may be given several times. Its twin has one value in each line.</summary>
    public static Option<T[]> Several<T>(string name, string valueName, string description, Func<string, T> parse) => new(name)
    {
        Description = $"{description} [{TwinOf(name)}]",
        HelpName = valueName,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = false,
        CustomParser = result => ParseAll(name, result.Tokens.Select(t => t.Value), parse, result),
        DefaultValueFactory = result => ParseAll(
            TwinOf(name),
            (Environment.GetEnvironmentVariable(TwinOf(name)) ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            parse, result),
    };

    /// <summary>A flag with a duration.</summary>
    public static Option<TimeSpan?> Duration(string name, string description) =>
        Create(name, "T", description, static text => (TimeSpan?)DurationText.Parse(text));

    /// <summary>A flag with a number.</summary>
    public static Option<int?> Number(string name, string valueName, string description) =>
        Create(name, valueName, description, static text =>
            int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out int value)
                ? (int?)value
                : throw new FormatException($"'{text}' is no number"));

    /// <summary>A flag that takes one of a few values.</summary>
    public static Option<string?> Choice(string name, string description, IReadOnlyList<string> values)
    {
        Option<string?> option = Create(name, string.Join('|', values), description, text => values.Contains(text)
            ? (string?)text
            : throw new FormatException($"'{text}' is none of {string.Join(", ", values)}"));
        option.CompletionSources.Add(_ => values.Select(v => new System.CommandLine.Completions.CompletionItem(v)));
        return option;
    }

    /// <summary>A flag without a value. Its twin is set by 1, true or yes.</summary>
    public static Option<bool> Switch(string name, string description) => new(name)
    {
        Description = $"{description} [{TwinOf(name)}]",
        Arity = ArgumentArity.Zero,
        DefaultValueFactory = result => Environment.GetEnvironmentVariable(TwinOf(name)) is { Length: > 0 } text
            && ParseSwitch(name, text, result),
    };

    private static bool ParseSwitch(string name, string text, SymbolResult result)
    {
        switch (text.ToLowerInvariant())
        {
            case "1" or "true" or "yes":
                return true;
            case "0" or "false" or "no":
                return false;
            default:
                result.AddError($"{TwinOf(name)}: '{text}' is neither yes nor no");
                return false;
        }
    }

    private static Option<T?> Create<T>(string name, string valueName, string description, Func<string, T?> parse) => new(name)
    {
        Description = $"{description} [{TwinOf(name)}]",
        HelpName = valueName,
        Arity = ArgumentArity.ExactlyOne,
        CustomParser = result => Parse(name, result.Tokens[0].Value, parse, result),
        DefaultValueFactory = result => Environment.GetEnvironmentVariable(TwinOf(name)) is { Length: > 0 } text
            ? Parse(TwinOf(name), text, parse, result)
            : default,
    };

    private static T? Parse<T>(string source, string text, Func<string, T?> parse, SymbolResult result)
    {
        try
        {
            return parse(text);
        }
        catch (FormatException e)
        {
            result.AddError($"{source}: {e.Message}");
            return default;
        }
    }

    private static T[] ParseAll<T>(string source, IEnumerable<string> texts, Func<string, T> parse, SymbolResult result)
    {
        var values = new List<T>();
        foreach (string text in texts)
        {
            try
            {
                values.Add(parse(text));
            }
            catch (FormatException e)
            {
                result.AddError($"{source}: {e.Message}");
            }
        }

        return [.. values];
    }
}
