using System.Globalization;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>A process of the computation that does exactly what a test says.</summary>
internal sealed class FakeProcess(FakePeer peer, int pid) : IDisposable
{
    public const ulong ImageBytes = 4096;

    public int Pid => pid;

    public FakePeer Peer => peer;

    public string Directory { get; private set; } = string.Empty;

    public static HelloMessage Hello(int pid, bool restored = false, ulong epoch = 0) =>
        new(1, pid, 1, Environment.MachineName, "fake", "/bin/fake", 0, restored, epoch);

    public async Task<CheckpointMessage> ExpectCheckpointAsync()
    {
        CheckpointMessage message = await peer.ExpectAsync<CheckpointMessage>();
        Directory = message.Directory;
        return message;
    }

    public async Task ExpectPhaseAsync(ulong epoch, Phase phase)
    {
        EnterPhaseMessage message = await peer.ExpectAsync<EnterPhaseMessage>();
        Assert.Equal((epoch, phase), (message.Epoch, message.Phase));
    }

    /// <summary>Enters Drain, and takes the census before when it is the one that is asked: nobody unknown is there.</summary>
    public async Task EnterDrainAsync(ulong epoch)
    {
        EnterPhaseMessage message = await peer.ExpectAsync<EnterPhaseMessage>();
        while (message.Phase == Phase.Census)
        {
            await CensusAsync(epoch);
            message = await peer.ExpectAsync<EnterPhaseMessage>();
        }

        Assert.Equal((epoch, Phase.Drain), (message.Epoch, message.Phase));
    }

    /// <summary>Is asked who is there.</summary>
    public async Task<EnterPhaseMessage> ExpectCensusAsync(ulong epoch)
    {
        EnterPhaseMessage message = await peer.ExpectAsync<EnterPhaseMessage>();
        Assert.Equal((epoch, Phase.Census), (message.Epoch, message.Phase));
        return message;
    }

    /// <summary>Answers who is there.</summary>
    public Task CensusAsync(ulong epoch, params CensusEntry[] entries) =>
        peer.SendAsync(new PhaseDoneMessage(epoch, Phase.Census, null) { Census = entries });

    public Task DoneAsync(ulong epoch, Phase phase) => peer.SendAsync(new PhaseDoneMessage(epoch, phase, null));

    /// <summary>Writes an image and reports it.</summary>
    public async Task WriteAsync(ulong epoch)
    {
        string path = Path.Combine(Directory, string.Create(CultureInfo.InvariantCulture, $"host-{pid}.img"));
        await File.WriteAllBytesAsync(path, new byte[ImageBytes]);
        await peer.SendAsync(new PhaseDoneMessage(epoch, Phase.Write, new ImageReport(path, ImageBytes, 1, 8192, 1500, 0xC0FFEE)));
    }

    /// <summary>Takes part in a checkpoint until it stands in a phase, which it has not done.</summary>
    public async Task<CheckpointMessage> WalkToAsync(ulong epoch, Phase phase)
    {
        CheckpointMessage request = await ExpectCheckpointAsync();
        Phase[] walk = [Phase.Suspend, Phase.Drain, Phase.Snapshot, Phase.Refill, Phase.Resume, Phase.Write];
        for (int i = 0; walk[i] != phase; i++)
        {
            await DoneAsync(epoch, walk[i]);
            if (walk[i + 1] == Phase.Drain)
            {
                await EnterDrainAsync(epoch);
            }
            else if (walk[i + 1] != Phase.Write)
            {
                await ExpectPhaseAsync(epoch, walk[i + 1]);
            }
        }

        return request;
    }

    /// <summary>Takes part in a whole checkpoint.</summary>
    public async Task CheckpointAsync(ulong epoch)
    {
        await WalkToAsync(epoch, Phase.Write);
        await CommitAsync(epoch);
    }

    /// <summary>Takes part in what is left of a checkpoint when it stands in Drain.</summary>
    public async Task FromDrainAsync(ulong epoch)
    {
        foreach (Phase phase in new[] { Phase.Drain, Phase.Snapshot, Phase.Refill })
        {
            await DoneAsync(epoch, phase);
            await ExpectPhaseAsync(epoch, phase + 1);
        }

        await DoneAsync(epoch, Phase.Resume);
        await CommitAsync(epoch);
    }

    /// <summary>Is told to give up, whatever it is told before.</summary>
    public async Task EndsInAbortAsync(ulong epoch)
    {
        while (await peer.ReceiveAsync() is { } payload && MessageCodec.PeekType(payload) != MessageType.Abort)
        {
            // What it was told before does not matter any more.
        }

        await peer.SendAsync(new AbortedMessage(epoch));
    }

    /// <summary>Is told to give up and acknowledges it.</summary>
    public async Task<string> AbortAsync(ulong epoch)
    {
        AbortMessage abort = await peer.ExpectAsync<AbortMessage>();
        Assert.Equal(epoch, abort.Epoch);
        await peer.SendAsync(new AbortedMessage(epoch));
        return abort.Reason;
    }

    private async Task CommitAsync(ulong epoch)
    {
        await WriteAsync(epoch);
        await ExpectPhaseAsync(epoch, Phase.Commit);
        await DoneAsync(epoch, Phase.Commit);
    }

    /// <summary>Dies.</summary>
    public void Dispose() => peer.Dispose();
}
