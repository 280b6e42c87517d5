using System.Text.Json;
using Interpose.Tests.Unit.Images;

namespace Interpose.Tests.Unit.Cli;

/// <summary>What <c>interpose check</c> says about programs built by hand.</summary>
public sealed class CheckVerbTests : IDisposable
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void An_ordinary_program_works() =>
        Assert.Equal(("works", ""), Verdict("/bin/sh"));

    [Fact]
    public void A_static_program_fails() =>
        Fails(Program(Elf(bits: 64, machine: 62)), "static");

    [Fact]
    public void A_32_bit_program_fails() =>
        Fails(Program(Elf(bits: 32, machine: 3)), "32-bit");

    [Fact]
    public void A_program_for_another_machine_fails() =>
        Fails(Program(Elf(bits: 64, machine: 183)), "machine");

    [Fact]
    public void A_script_is_as_good_as_its_interpreter()
    {
        Assert.Equal(("works", ""), Verdict(Program("#!/bin/sh\n"u8.ToArray())));
        Fails(Program("#!/nonexistent/interpreter\n"u8.ToArray()), "/nonexistent/interpreter");
    }

    [Fact]
    public void A_missing_program_fails() => Fails(_directory["missing"], "No such file");

    [Fact]
    public void A_file_that_is_not_executable_fails() => Fails(_directory.Write("data", [1, 2, 3]), "Permission denied");

    private static byte[] Elf(int bits, byte machine)
    {
        byte[] header = new byte[64];
        "\u007fELF"u8.CopyTo(header);
        header[4] = (byte)(bits / 32);
        header[5] = 1;
        header[16] = 2;
        header[18] = machine;
        return header;
    }

    private string Program(byte[] content)
    {
        string path = _directory.Write("program", content);
        File.SetUnixFileMode(path, Executable);
        return path;
    }

    private void Fails(string program, string reason)
    {
        (string verdict, string remedy) = Verdict(program, reason);
        Assert.Equal("fails", verdict);
        Assert.NotEmpty(remedy);
    }

    private (string Verdict, string Remedy) Verdict(string program, string reason = "")
    {
        (int status, string output, string errors) = CommandLine.Run(_directory.Path, "check", "--json", program);
        Assert.True(output.Length > 0, errors);
        JsonElement report = JsonDocument.Parse(output).RootElement;
        Assert.Equal(report.GetProperty("works").GetBoolean() ? 0 : 7, status);
        JsonElement finding =
            report.GetProperty("findings").EnumerateArray().Single(f => f.GetProperty("subject").GetString() == "program");
        Assert.Contains(reason, finding.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        return (finding.GetProperty("verdict").GetString()!, finding.GetProperty("remedy").GetString()!);
    }
}
