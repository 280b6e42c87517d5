using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Protocol;

/// <summary>The bytes on the wire are fixed: the shim has its own encoder and decoder for them.</summary>
public sealed class MessageTests
{
    private static readonly byte[] Ascending = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    private const string AscendingHex = "C420000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F";

    [Fact]
    public void Challenge() => Golden(new ChallengeMessage(1, Ascending), "930101" + AscendingHex);

    [Fact]
    public void Auth() =>
        Golden(new AuthMessage(1, ConnectionRole.Client, Ascending, Ascending), "95020101" + AscendingHex + AscendingHex);

    [Fact]
    public void Accept() => Golden(new AcceptMessage(Ascending), "9203" + AscendingHex);

    [Fact]
    public void Refuse() => Golden(new RefuseMessage("no"), "9204A26E6F");

    [Fact]
    public void Hello() =>
        Golden(
            new HelloMessage(1, 70000, 1, "host", "sh", "/bin/sh", 1000, true, 3),
            "9A0A01CE0001117001A4686F7374A27368A72F62696E2F7368CD03E8C303");

    [Fact]
    public void Checkpoint() => Golden(new CheckpointMessage(300, "/c/1", "auto"), "9614CD012CA42F632F31A46175746FC2C2");

    [Fact]
    public void CheckpointWithService() => Golden(
        new CheckpointMessage(300, "/c/1", "auto") { Service = "s", Ticket = "t" }, "9814CD012CA42F632F31A46175746FC2C2A173A174");

    [Fact]
    public void EnterPhase() => Golden(new EnterPhaseMessage(1, Phase.Drain), "93150102");

    [Fact]
    public void EnterPhase_of_Drain_says_that_there_are_other_hosts() =>
        Golden(new EnterPhaseMessage(1, Phase.Drain) { SpansHosts = true }, "94150102C3");

    [Fact]
    public void Abort() => Golden(new AbortMessage(1, "why"), "931601A3776879");

    [Fact]
    public void Kill() => Golden(new KillMessage(9), "921709");

    [Fact]
    public void PhaseDone() => Golden(new PhaseDoneMessage(1, Phase.Suspend, null), "931E0101");

    [Fact]
    public void PhaseDone_of_Write_says_what_was_written() =>
        Golden(
            new PhaseDoneMessage(1, Phase.Write, new ImageReport("/c/1/h-2.img", 8192, 1, 4096, 70000, 0xDEADBEEF)),
            "991E0106AC2F632F312F682D322E696D67CD200001CD1000CE00011170CEDEADBEEF");

    [Fact]
    public void PhaseDone_of_Drain_says_what_others_may_hold_too() =>
        Golden(
            new PhaseDoneMessage(1, Phase.Drain, null) { Published = [new PublishedKey(200, 1, 70000, -1)] },
            "941E01029194CCC801CE00011170FF");

    [Fact]
    public void PhaseDone_of_Census_says_who_is_there() =>
        Golden(
            new PhaseDoneMessage(1, Phase.Census, null) { Census = [new CensusEntry(5, 1, "sh", CensusKind.Unmanaged, "x")] },
            "941E010A919505" + "01A27368" + "01A178");

    [Fact]
    public void EnterPhase_of_Snapshot_says_who_holds_the_same() =>
        Golden(
            new EnterPhaseMessage(1, Phase.Snapshot) { Found = [new FoundKey(1, 2, 3, 4, "h", 5)] },
            "941501039196010203" + "04A16805");

    [Fact]
    public void EnterPhase_of_Census_says_what_to_look_for() =>
        Golden(
            new EnterPhaseMessage(1, Phase.Census) { Computation = "c", Known = [1, 70000] },
            "9515010AA16392" + "01CE00011170");

    [Fact]
    public void A_peer_that_publishes_nothing_may_leave_the_list_out()
    {
        Assert.Empty(MessageCodec.Read<PhaseDoneMessage>(Convert.FromHexString("931E0102")).Published);
        Assert.Empty(MessageCodec.Read<EnterPhaseMessage>(Convert.FromHexString("93150103")).Found);
    }

    [Fact]
    public void Failed() => Golden(new FailedMessage(1, Phase.Drain, ExitCode.Unsupported, "x"), "951F010207A178");

    [Fact]
    public void Aborted() => Golden(new AbortedMessage(1), "922001");

    [Fact]
    public void Request() =>
        Golden(
            new RequestMessage(7, Verb.Checkpoint, MessageCodec.ToBytes(new CheckpointArguments(true, false, 1000))),
            "942807AA636865636B706F696E7495C3C2CD03E8C2C2");

    [Fact]
    public void Response() => Golden(new ResponseMessage(7, ExitCode.Busy, "b", RawField.Empty), "95290704A16290");

    [Fact]
    public void Integers_may_have_any_width() =>
        Assert.Equal(
            new EnterPhaseMessage(1, Phase.Drain),
            MessageCodec.Read<EnterPhaseMessage>(Convert.FromHexString("9315CF0000000000000001D20000" + "0002")));

    [Fact]
    public void Elements_a_newer_peer_adds_are_ignored() =>
        Assert.Equal(
            new AbortedMessage(1), MessageCodec.Read<AbortedMessage>(Convert.FromHexString("9520" + "01" + "81A16101" + "C0" + "9101")));

    [Fact]
    public void Added_elements_inside_a_list_are_ignored_too()
    {
        StatusReply status = Status(processes: 2);
        byte[] bytes = MessageCodec.ToBytes(status);

        // The last process gets a tenth field, an array of arrays.
        byte[] longer = [.. bytes, 0x92, 0x91, 0x01, 0x02];
        int header = bytes.AsSpan().LastIndexOf((byte)0x99);
        longer[header] = 0x9A;
        Assert.Equal(status.Processes, MessageCodec.ReadRecord<StatusReply>(longer).Processes);
    }

    [Fact]
    public void A_command_that_is_no_text_is_read()
    {
        byte[] payload = Convert.FromHexString("9A0A01" + "0101" + "A168" + "C402FF41" + "A0" + "00C200");
        Assert.Equal("\uFFFDA", MessageCodec.Read<HelloMessage>(payload).Command);
    }

    [Fact]
    public void Status_survives_the_round_trip()
    {
        StatusReply status = Status(processes: 300);
        StatusReply read = MessageCodec.ReadRecord<StatusReply>(MessageCodec.ToBytes(status));
        Assert.Equal(status.Processes, read.Processes);
        Assert.Equal(status with { Processes = read.Processes }, read);
    }

    internal static StatusReply Status(int processes) => new()
    {
        Computation = "c",
        CoordinatorPid = 1,
        Address = "127.0.0.1:1",
        CheckpointDirectory = "/c",
        Codec = "auto",
        Phase = Phase.Write,
        Epoch = 3,
        IntervalMilliseconds = 4,
        StartedUnixMilliseconds = 5,
        LastCheckpoint = new CheckpointReply("/c/1", 1, 2, 3, 4, 5, 6),
        LastCheckpointUnixMilliseconds = 6,
        LastFailure = "none",
        Processes =
        [
            .. Enumerable.Range(1, processes)
                .Select(i => new ProcessStatus(i, 1, "h", "sh", "/bin/sh", 0, Phase.Running, 1234567890123, false)),
        ],
    };

    private static void Golden<T>(T message, string hex)
        where T : IMessage<T>
    {
        byte[] frame = MessageCodec.ToFrame(message);
        Assert.Equal(hex, Convert.ToHexString(frame.AsSpan(Frame.HeaderSize)));
        Assert.Equal(T.Type, MessageCodec.PeekType(frame.AsMemory(Frame.HeaderSize)));

        // Records compare arrays by reference, so the second encoding stands for the value.
        Assert.Equal(frame, MessageCodec.ToFrame(MessageCodec.Read<T>(frame.AsMemory(Frame.HeaderSize))));
    }
}
