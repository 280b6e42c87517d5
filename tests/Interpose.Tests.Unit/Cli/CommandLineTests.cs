using System.CommandLine;
using Interpose.Cli;
using Interpose.Cli.Flags;
using Interpose.Cli.State;
using Interpose.Cli.Verbs;

namespace Interpose.Tests.Unit.Cli;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("30", 30_000)]
    [InlineData("30s", 30_000)]
    [InlineData("1.5m", 90_000)]
    [InlineData("250ms", 250)]
    [InlineData("2h", 7_200_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("0", 0)]
    public void Durations_are_read(string text, double milliseconds) =>
        Assert.Equal(milliseconds, DurationText.Parse(text).TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("-1")]
    [InlineData("1 s")]
    [InlineData("1w")]
    [InlineData("1.2.3s")]
    [InlineData("NaN")]
    [InlineData("99999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.Throws<FormatException>(() => DurationText.Parse(text));

    [Theory]
    [InlineData("run ls -l", "run -- ls -l")]
    [InlineData("run -- ls -l", "run -- ls -l")]
    [InlineData("run --codec none ls --codec zstd", "run --codec none -- ls --codec zstd")]
    [InlineData("run --new-coordinator ls", "run --new-coordinator -- ls")]
    [InlineData("run --help", "run --help")]
    [InlineData("run --ckpt-dir=/x ls -a", "run --ckpt-dir=/x -- ls -a")]
    [InlineData("checkpoint --stop", "checkpoint --stop")]
    public void A_programs_arguments_are_its_own(string given, string expected)
    {
        string[] args = given.Split(' ');
        Assert.Equal(expected.Split(' '), ProgramArguments.Separate(VerbRegistry.CreateRoot(args[0]), args));
    }

    [Fact]
    public void Every_flag_of_every_verb_names_its_environment_twin() =>
        Assert.All(
            VerbRegistry.CreateRoot(null).Subcommands.SelectMany(v => v.Options).Where(o => !o.Hidden),
            o => Assert.Contains(Flag.TwinOf(o.Name), o.Description, StringComparison.Ordinal));

    [Fact]
    public void Every_verb_has_examples() =>
        Assert.All(
            VerbRegistry.CreateRoot(null).Subcommands.OfType<VerbCommand>().Where(v => v.Subcommands.Count == 0),
            v => Assert.NotEmpty(v.Examples));

    [Fact]
    public void A_state_file_is_read_whatever_else_is_in_it()
    {
        CoordinatorRecord? record = CoordinatorRecordReader.TryParse(
            """{"schemaVersion":9,"new":{"a":[1]},"host":"h","port":5,"pid":6,"secret":"s","computation":"c","ckptDir":"/d","codec":"none"}"""u8);
        Assert.Equal(("h", 5, 6, "s", "c", "/d", "none"), record is null
            ? default
            : (record.Host, record.Port, record.Pid, record.Secret, record.Computation, record.CkptDir, record.Codec));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("{\"host\":1}")]
    [InlineData("{\"port\":\"x\"}")]
    [InlineData("{\"host\":\"h\"}")]
    public void A_damaged_state_file_is_no_coordinator(string json) =>
        Assert.Null(CoordinatorRecordReader.TryParse(System.Text.Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("127.0.0.1:80", "127.0.0.1", 80)]
    [InlineData("[::1]:80", "::1", 80)]
    [InlineData("host.example:0", "host.example", 0)]
    public void Addresses_are_split(string text, string host, int port) =>
        Assert.Equal((host, port), CoordinatorLocator.ParseAddress(text));

    [Theory]
    [InlineData("80")]
    [InlineData(":80")]
    [InlineData("host:")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    public void What_is_no_address_is_refused(string text) =>
        Assert.Throws<CliException>(() => CoordinatorLocator.ParseAddress(text));

    [Theory]
    [InlineData("zz")]
    [InlineData("00")]
    [InlineData("")]
    public void A_wrong_secret_is_refused_without_being_repeated(string secret)
    {
        CliException error = Assert.Throws<CliException>(() => CoordinatorLocator.ParseSecret(secret));
        Assert.True(secret.Length == 0 || !error.Message.Contains($"'{secret}'", StringComparison.Ordinal));
    }
}
