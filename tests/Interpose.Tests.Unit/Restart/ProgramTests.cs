using System.Buffers.Binary;
using Interpose.Linux;
using Interpose.Resources.Program;
using Interpose.Restart;

namespace Interpose.Tests.Unit.Restart;

/// <summary>Compiled restarts as bytes and as text.</summary>
public class ProgramTests
{
    [Fact]
    public void Printed_program()
    {
        var program = new ProgramBuilder();
        int fd = program.Syscall(
            "open /tmp/a", SyscallNumber.Open, [program.Text("/tmp/a"), 0x80000], keep: true);
        program.Syscall("seek to 10 in /tmp/a", SyscallNumber.Lseek, [Argument.Slot(fd), 10, 0], Expectation.Warn);
        int child = program.Add(OperationKind.Process, "create process 4711", 0, [4711], keep: true);
        program.Add(OperationKind.Supervise, "pass signals on and wait", 0, [Argument.Slot(child)]);
        program.SetNumber(2, program.Next);
        program.Syscall(
            "map memory", SyscallNumber.Mmap, [0x10000000, 4096, 3, 0x32, -1, 0], Expectation.Value, 0x10000000);
        program.Syscall("close what may be open", SyscallNumber.Close, [3], Expectation.Any);
        Assert.Equal(
            [
                "    0  $1 = open(&1, 0x80000)  # open /tmp/a",
                "    1  lseek($1, 10) or warn  # seek to 10 in /tmp/a",
                "    2  $2 = process @4(0x1267)  # create process 4711",
                "    3  supervise($2)  # pass signals on and wait",
                "    4  mmap(0x10000000, 0x1000, 3, 50, -1) == 0x10000000  # map memory",
                "    5  close(3) ?  # close what may be open",
            ],
            PlanPrinter.Lines(program));
    }

    [Fact]
    public void Bytes_of_a_program()
    {
        var program = new ProgramBuilder();
        program.Syscall("x", SyscallNumber.Close, [3, program.Text("y")], Expectation.Value, 7, keep: true);
        byte[] bytes = program.ToBytes();

        const int header = 48, operation = 80, data = 128;
        Assert.Equal("INRPROG1"u8.ToArray(), bytes[..8]);
        Assert.Equal(1u, UInt32(bytes, 8));
        Assert.Equal(1u, UInt32(bytes, 12));
        Assert.Equal((ulong)data, UInt64(bytes, 16));
        Assert.Equal((ulong)bytes.Length, UInt64(bytes, 24));
        Assert.All(bytes[32..48], b => Assert.Equal(0, b)); // nothing that does not fit
        Assert.Equal("\0y\0x\0"u8.ToArray(), bytes[data..]);
        Assert.Equal(
            "0100" + "0100" + "03000000" + "0300000000000000" + "0300000000000000" + "0100000000000000"
                + string.Concat(Enumerable.Repeat("0000000000000000", 4)) + "20000000" + "01000000" + "0700000000000000",
            Convert.ToHexString(bytes, header, operation));
    }

    [Fact]
    public void The_same_text_is_stored_once()
    {
        var program = new ProgramBuilder();
        Assert.Equal(program.Text("abc"), program.Text("abc"));
        Assert.NotEqual(program.Text("abc"), program.Text("abd"));
    }

    private static uint UInt32(byte[] bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));

    private static ulong UInt64(byte[] bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
}
