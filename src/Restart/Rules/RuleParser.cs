using System.Globalization;
using System.Net;
using Interpose.Resources.Outside;

namespace Interpose.Restart.Rules;

/// <summary>Reads rules. docs/sockets.md describes them.</summary>
public static class RuleParser
{
    private const string Forms = "KIND:NAME=WITH is expected, such as tcp:10.0.0.5:5432=10.0.0.9:5432 or file:/a=/b";
    private static readonly string[] s_connections = ["tcp", "udp", "unix"];

    /// <summary>KIND:NAME=WITH, where WITH is an address, a path, fd:N or hook.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static RestartRule Replacement(string text)
    {
        (string kind, string name, string with) = Split(text);
        if (with == "hook")
        {
            return new RestartRule(kind, name, RuleAction.Hook, "", text);
        }

        if (with.StartsWith("fd:", StringComparison.Ordinal))
        {
            return int.TryParse(with.AsSpan(3), NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? new RestartRule(kind, name, RuleAction.Descriptor, with[3..], text)
                : throw new FormatException($"'{with}' in '{text}' is no file descriptor; fd:N with a number N is expected");
        }

        Check(kind, with, text);
        return new RestartRule(kind, name, RuleAction.Replace, with, text);
    }

    /// <summary>KIND:NAME=POLICY for connections: reset, reconnect, repair or hook.</summary>
    /// <exception cref="FormatException">It is none; the message says why.</exception>
    public static RestartRule Policy(string text)
    {
        (string kind, string name, string policy) = Split(text);
        RuleAction action = policy switch
        {
            "reset" => RuleAction.Reset,
            "reconnect" => RuleAction.Reconnect,
            "repair" => RuleAction.Repair,
            "hook" => RuleAction.Hook,
            _ => throw new FormatException($"'{policy}' in '{text}' is no policy; there are reset, reconnect, repair and hook"),
        };
        bool isMeantFor = action switch
        {
            RuleAction.Hook => true,
            RuleAction.Repair => kind == "tcp",
            _ => s_connections.Contains(kind),
        };
        return isMeantFor
            ? new RestartRule(kind, name, action, "", text)
            : throw new FormatException(
                $"'{text}': {policy} is for {(action == RuleAction.Repair ? "tcp" : "tcp, udp and unix")}; what is known by a path is given another by --replace");
    }

    /// <summary>A rules file: lines "replace RULE", "policy RULE" and "hook PROGRAM"; # begins a comment.</summary>
    /// <param name="text">The file's content.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <exception cref="FormatException">A line is none of them.</exception>
    public static RuleSet File(string text, string path)
    {
        var rules = new List<RestartRule>();
        string? hook = null;
        int number = 0;
        foreach (string line in text.Split('\n').Select(l => l.Trim()))
        {
            number++;
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            int blank = line.IndexOfAny([' ', '\t']);
            (string word, string rest) = blank < 0 ? (line, "") : (line[..blank], line[blank..].Trim());
            try
            {
                switch (word)
                {
                    case "replace":
                        rules.Add(Replacement(rest));
                        break;
                    case "policy":
                        rules.Add(Policy(rest));
                        break;
                    case "hook" when rest.Length > 0:
                        hook = rest;
                        break;
                    default:
                        throw new FormatException($"'{line}' begins with none of replace, policy and hook");
                }
            }
            catch (FormatException e)
            {
                throw new FormatException($"{path}:{number}: {e.Message}", e);
            }
        }

        return new RuleSet(rules, hook);
    }

    /// <summary>HOST:PORT, or [HOST]:PORT for an address of IPv6.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static (string Host, int Port) Address(string text)
    {
        int colon = text.LastIndexOf(':');
        string host = colon > 0 ? text[..colon] : "";
        host = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host.Contains(':', StringComparison.Ordinal) ? "" : host;
        return host.Length > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= IPEndPoint.MaxPort
                ? (host, port)
                : throw new FormatException($"'{text}' is no address; HOST:PORT is expected, or [HOST]:PORT for IPv6");
    }

    private static (string Kind, string Name, string With) Split(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal), equals = text.IndexOf('=', StringComparison.Ordinal);
        if (colon <= 0 || equals < colon || equals == colon + 1 || equals == text.Length - 1)
        {
            throw new FormatException($"'{text}' is no rule; {Forms}");
        }

        string kind = text[..colon].Trim();
        if (!ObjectDescription.Kinds.Contains(kind))
        {
            throw new FormatException($"'{kind}' in '{text}' is no kind of object; there are {string.Join(", ", ObjectDescription.Kinds)}");
        }

        // What the kernel calls a pipe has the word in its name: pipe:[123].
        string name = text[(colon + 1)..equals].Trim();
        return (kind, kind == "pipe" && name.StartsWith('[') ? $"pipe:{name}" : name, text[(equals + 1)..].Trim());
    }

    private static void Check(string kind, string with, string text)
    {
        try
        {
            if (kind is "tcp" or "udp")
            {
                Address(with);
            }
            else if (kind == "listen" || (kind != "unix" && !Path.IsPathRooted(with)) || (kind == "unix" && with[0] is not ('/' or '@')))
            {
                throw new FormatException(kind == "listen"
                    ? "what listens can be replaced by fd:N or hook only"
                    : $"'{with}' is no absolute path{(kind == "unix" ? ", nor the @name of an abstract socket" : "")}");
            }
        }
        catch (FormatException e)
        {
            throw new FormatException($"'{text}': {e.Message}", e);
        }
    }
}
