using Interpose.Images.Metadata;
using Interpose.Resources.Outside;
using Interpose.Restart.Rules;

namespace Interpose.Tests.Unit.Restart;

public sealed class RuleTests
{
    [Theory]
    [InlineData("tcp:10.0.0.5:5432=10.0.0.9:5433", "tcp", "10.0.0.5:5432", RuleAction.Replace, "10.0.0.9:5433")]
    [InlineData("tcp:[::1]:80=[fe80::1]:81", "tcp", "[::1]:80", RuleAction.Replace, "[fe80::1]:81")]
    [InlineData("tcp:*=db.example:5432", "tcp", "*", RuleAction.Replace, "db.example:5432")]
    [InlineData("file:/data/in.csv=/other/in.csv", "file", "/data/in.csv", RuleAction.Replace, "/other/in.csv")]
    [InlineData("fifo:/a=fd:5", "fifo", "/a", RuleAction.Descriptor, "5")]
    [InlineData("pipe:[77]=/b", "pipe", "pipe:[77]", RuleAction.Replace, "/b")]
    [InlineData("unix:/run/a=@b", "unix", "/run/a", RuleAction.Replace, "@b")]
    [InlineData("listen:0.0.0.0:80=hook", "listen", "0.0.0.0:80", RuleAction.Hook, "")]
    [InlineData("file:/a=/b=c", "file", "/a", RuleAction.Replace, "/b=c")]
    public void Replacements_are_read(string text, string kind, string pattern, RuleAction action, string value) =>
        Assert.Equal(new RestartRule(kind, pattern, action, value, text), RuleParser.Replacement(text));

    [Theory]
    [InlineData("tcp:1.2.3.4:5")]
    [InlineData("tcp:=1.2.3.4:5")]
    [InlineData("tcp:1.2.3.4:5=")]
    [InlineData("=")]
    [InlineData("sctp:1.2.3.4:5=1.2.3.4:6")]
    [InlineData("tcp:1.2.3.4:5=1.2.3.4")]
    [InlineData("tcp:1.2.3.4:5=1.2.3.4:99999")]
    [InlineData("tcp:1.2.3.4:5=::1:80")]
    [InlineData("tcp:1.2.3.4:5=fd:x")]
    [InlineData("file:/a=b")]
    [InlineData("unix:/a=b")]
    [InlineData("listen:0.0.0.0:80=0.0.0.0:81")]
    public void What_is_no_replacement_is_refused(string text) =>
        Assert.Contains(text, Assert.Throws<FormatException>(() => RuleParser.Replacement(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("tcp:*=reset", RuleAction.Reset)]
    [InlineData("unix:*=reconnect", RuleAction.Reconnect)]
    [InlineData("tcp:1.2.3.4:*=repair", RuleAction.Repair)]
    [InlineData("file:/a=hook", RuleAction.Hook)]
    public void Policies_are_read(string text, RuleAction action) => Assert.Equal(action, RuleParser.Policy(text).Action);

    [Theory]
    [InlineData("unix:*=repair")]
    [InlineData("file:/a=reset")]
    [InlineData("tcp:*=hope")]
    public void What_is_no_policy_is_refused(string text) => Assert.Throws<FormatException>(() => RuleParser.Policy(text));

    [Fact]
    public void A_file_of_rules_is_read()
    {
        RuleSet rules = RuleParser.File("# names\n\nreplace  tcp:*:1 = 127.0.0.1:2 \npolicy tcp:*=reconnect\r\nhook ./glue\n", "rules");
        Assert.Equal("./glue", rules.Hook);
        Assert.Equal([RuleAction.Replace, RuleAction.Reconnect], rules.Rules.Select(r => r.Action));
        Assert.Equal("*:1", rules.Rules[0].Pattern);
    }

    [Theory]
    [InlineData("replace tcp:*:1=127.0.0.1:2\nretry tcp:*", "rules:2")]
    [InlineData("hook", "rules:1")]
    [InlineData("policy x", "rules:1")]
    public void A_wrong_line_is_named(string text, string where) =>
        Assert.Contains(where, Assert.Throws<FormatException>(() => RuleParser.File(text, "rules")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "anything", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abcd", false)]
    [InlineData("*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("10.0.0.5:5432", "10.0.0.5:5432", true)]
    [InlineData("10.0.0.5:5432", "10.0.0.5:54321", false)]
    [InlineData("*:5432", "[::1]:5432", true)]
    [InlineData("a**", "a", true)]
    [InlineData("", "a", false)]
    public void Patterns_match(string pattern, string text, bool expected) =>
        Assert.Equal(expected, RestartRule.Matches(pattern, text));

    [Fact]
    public void The_first_rule_counts_and_the_others_are_unused()
    {
        var rules = new RuleSet([RuleParser.Replacement("file:/a*=/x"), RuleParser.Replacement("file:/a1=/y")], null);
        ObjectDescription item = ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.RegularFile, Path = "/a1" })!;
        Assert.Equal("/x", rules.For(item)?.Value);
        Assert.Equal("file:/a1=/y", Assert.Single(rules.Unused).Source);
    }

    [Fact]
    public void A_hook_is_asked_for_what_would_be_lost_alone()
    {
        var rules = new RuleSet([], "/glue");
        var outside = new Dictionary<string, string> { ["outside"] = "1" };
        Assert.Null(rules.For(ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.RegularFile, Path = "/a" })!));
        Assert.Equal(
            RuleAction.Hook,
            rules.For(ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.Pipe, Path = "pipe:[1]", Extra = outside })!)?.Action);
    }

    [Fact]
    public void What_belongs_to_the_computation_cannot_be_replaced()
    {
        var inside = new Dictionary<string, string> { ["domain"] = "2", ["type"] = "1", ["connected"] = "1", ["inside"] = "1" };
        Assert.Null(ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.Socket, Extra = inside }));
        Assert.Null(ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.Pipe }));
        Assert.Null(ObjectDescription.Of(new OpenFileDescription { Kind = OpenFileKind.RegularFile, Path = "/gone", ContentObject = 1 }));
    }
}
