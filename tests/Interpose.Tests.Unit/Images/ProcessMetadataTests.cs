using System.Buffers;
using FsCheck.Xunit;
using Interpose.Images;
using Interpose.Images.Metadata;
using MessagePack;

namespace Interpose.Tests.Unit.Images;

public class ProcessMetadataTests
{
    [Fact]
    public void Every_field_comes_back()
    {
        ProcessMetadata before = new FilledRecord().Make<ProcessMetadata>();

        // Read without the checks between fields, which arbitrary values do not pass.
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        before.Write(ref writer);
        writer.Flush();
        var reader = new MessagePackReader(buffer.WrittenMemory);
        ProcessMetadata after = ProcessMetadata.Read(ref reader);

        Assert.True(reader.End);
        Assert.Null(FilledRecord.Difference(before, after));
    }

    [Fact]
    public void A_descriptor_is_four_bytes() =>
        Assert.Equal(
            "930301C3",
            Hex(static (ref MessagePackWriter w) =>
                new FileDescriptor { Number = 3, Description = 1, CloseOnExec = true }.Write(ref w)));

    [Fact]
    public void A_signal_disposition_has_these_bytes() =>
        Assert.Equal(
            "94" + "CF0000555500001000" + "CE14000004" + "CF00007F0000000010" + "01",
            Hex(static (ref MessagePackWriter w) =>
                new SignalAction
                {
                    Handler = 0x5555_0000_1000, Flags = 0x1400_0004, Restorer = 0x7f00_0000_0010, Mask = 1,
                }.Write(ref w)));

    [Fact]
    public void An_open_file_has_these_bytes() =>
        Assert.Equal(
            "DC0010" + "01" + "A42F612F62" + "C2" + "CD0402" + "0A" + "14" + "05" + "06" + "30" + "CD81A4" + "00" + "00"
                + "81A16BA176" + "C40109" + "07" + "02",
            Hex(static (ref MessagePackWriter w) =>
                new OpenFileDescription
                {
                    OwnerPid = 7,
                    OwnerDescriptor = 2,
                    Kind = OpenFileKind.RegularFile,
                    Path = "/a/b",
                    Flags = 0x402,
                    Offset = 10,
                    Size = 20,
                    Device = 5,
                    Inode = 6,
                    ModifiedNs = 0x30,
                    Mode = 0x81a4,
                    Extra = new Dictionary<string, string> { ["k"] = "v" },
                    Payload = [9],
                }.Write(ref w)));

    [Fact]
    public void Fields_that_a_newer_writer_appended_are_ignored()
    {
        var reader = new MessagePackReader(Convert.FromHexString("960301C3A161810102C0"));
        FileDescriptor descriptor = FileDescriptor.Read(ref reader);
        Assert.True(reader.End);
        Assert.Equal(3, descriptor.Number);
        Assert.True(descriptor.CloseOnExec);
    }

    [Fact]
    public void Fields_that_an_older_writer_did_not_know_are_empty()
    {
        var reader = new MessagePackReader(Convert.FromHexString("91CD1267"));
        ThreadMetadata thread = ThreadMetadata.Read(ref reader);
        Assert.True(reader.End);
        Assert.Equal(4711, thread.Tid);
        Assert.Equal("", thread.Name);
        Assert.Empty(thread.Pending);
    }

    [Fact]
    public void Another_version_is_named_before_anything_else_is_read()
    {
        ImageException e =
            Assert.Throws<ImageException>(() => ProcessMetadata.FromBytes(Convert.FromHexString("9202A178"), "x.img"));
        Assert.Contains("x.img: metadata version 2, this Interpose reads version 1", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two threads of one number", "appears twice")]
    [InlineData("main thread not first", "expected the main thread")]
    [InlineData("descriptor of no file", "refers to open file 1 of 1")]
    [InlineData("descriptor twice", "descriptor 3 appears twice")]
    [InlineData("content of no object", "content object 1 of 0")]
    [InlineData("short siginfo", "a pending signal of 5 bytes, expected 128")]
    [InlineData("brk reversed", "brk heap from 0x2000 to 0x1000")]
    [InlineData("63 dispositions", "63 signal dispositions, expected 64")]
    [InlineData("no threads", "no threads")]
    [InlineData("IPC object of no kind", "unknown kind 0")]
    [InlineData("segment without content", "refers to content object 0 of 0")]
    [InlineData("queue with content", "refers to content object 1 of 1")]
    [InlineData("values of other semaphores", "6 bytes of values of 2 semaphores")]
    [InlineData("millions of semaphores", "bytes of values of 1000000 semaphores")]
    [InlineData("half an undo value", "has a list of 4 and 0 bytes")]
    [InlineData("message without a type", "a message of 7 bytes")]
    [InlineData("negative id", "IPC object -1")]
    public void Contradictions_are_refused(string name, string message)
    {
        ProcessMetadata process = Contradiction(name);
        ImageException e =
            Assert.Throws<ImageException>(() => ProcessMetadata.FromBytes(process.ToBytes(), "x.img"));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Property(MaxTest = 500)]
    public bool Arbitrary_bytes_are_either_read_or_refused(byte[] bytes)
    {
        // Starts like metadata, so that the fields are reached.
        byte[] input = [0x9c, 0x01, .. bytes];
        try
        {
            ProcessMetadata.FromBytes(input, "x.img");
            return true;
        }
        catch (ImageException)
        {
            return true;
        }
    }

    [Property(MaxTest = 500)]
    public bool Damaged_metadata_is_either_read_or_refused(uint position, byte value)
    {
        byte[] input = ImageBuilder.SmallProcess().ToBytes().ToArray();
        input[position % input.Length] = value;
        try
        {
            ProcessMetadata.FromBytes(input, "x.img");
            return true;
        }
        catch (ImageException)
        {
            return true;
        }
    }

    private static ProcessMetadata Contradiction(string name)
    {
        const int pid = ImageBuilder.Pid;
        var main = new ThreadMetadata { Tid = pid };
        var file = new OpenFileDescription { Kind = OpenFileKind.RegularFile, Path = "/f" };
        ProcessMetadata With(
            ThreadMetadata[]? threads = null,
            OpenFileTable? files = null,
            SignalMetadata? signals = null,
            MemoryLayout? memory = null,
            IpcObject? ipc = null) => new()
            {
                Ipc = ipc is null ? [] : [ipc],
                SharedObjects = ipc?.ContentObject > 0 ? [new SharedObject { Kind = SharedObjectKind.Segment }] : [],
                Identity = new ProcessIdentity { Pid = pid },
                Threads = threads ?? [main],
                Files = files ?? new OpenFileTable(),
                Signals = signals ?? new SignalMetadata(),
                Memory = memory ?? new MemoryLayout(),
            };

        return name switch
        {
            "two threads of one number" => With(threads: [main, new() { Tid = 9 }, new() { Tid = 9 }]),
            "main thread not first" => With(threads: [new() { Tid = 9 }, main]),
            "descriptor of no file" => With(files: new() { Descriptions = [file], Descriptors = [new() { Description = 1 }] }),
            "descriptor twice" => With(
                files: new() { Descriptions = [file], Descriptors = [new() { Number = 3 }, new() { Number = 3 }] }),
            "content of no object" => With(files: new() { Descriptions = [new() { Path = "/g", ContentObject = 1 }] }),
            "short siginfo" => With(threads: [new() { Tid = pid, Pending = [new byte[5]] }]),
            "brk reversed" => With(memory: new() { StartBreak = 0x2000, Break = 0x1000 }),
            "63 dispositions" => With(signals: new() { Actions = [.. Enumerable.Repeat(new SignalAction(), 63)] }),
            "no threads" => With(threads: []),
            "IPC object of no kind" => With(ipc: new()),
            "segment without content" => With(ipc: new() { Kind = IpcKind.Segment }),
            "queue with content" => With(ipc: new() { Kind = IpcKind.Queue, ContentObject = 1 }),
            "values of other semaphores" => With(ipc: new() { Kind = IpcKind.Semaphores, Size = 2, Values = new byte[6] }),
            "millions of semaphores" => With(ipc: new() { Kind = IpcKind.Semaphores, Size = 1_000_000, Values = new byte[2_000_000] }),
            "half an undo value" => With(ipc: new() { Kind = IpcKind.Queue, Undo = new byte[4] }),
            "message without a type" => With(ipc: new() { Kind = IpcKind.Queue, Messages = [new byte[7]] }),
            "negative id" => With(ipc: new() { Kind = IpcKind.Queue, Id = -1 }),
            _ => throw new ArgumentOutOfRangeException(nameof(name)),
        };
    }

    private delegate void WriteRecord(ref MessagePackWriter writer);

    private static string Hex(WriteRecord write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        write(ref writer);
        writer.Flush();
        return Convert.ToHexString(buffer.WrittenSpan);
    }
}
