using System.Globalization;
using Interpose.Coordinator.Server;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Simulation;

/// <summary>A process as the coordinator sees one: it says what a real one says, and does nothing.</summary>
internal sealed class Agent(ITransport transport, Layout layout, int number)
{
    private const ulong ImageBytes = 200_000;

    private readonly FrameBuffer _buffer = new();
    private FrameSealer? _sealer;

    /// <summary>Connects, proves that it knows the secret, and says who it is.</summary>
    public async Task JoinAsync(byte[] secret)
    {
        ChallengeMessage challenge = MessageCodec.Read<ChallengeMessage>(await ReceiveAsync());
        byte[] nonce = BitConverter.GetBytes((ulong)number).Concat(new byte[Handshake.NonceSize - sizeof(ulong)]).ToArray();
        await SendAsync(Handshake.Answer(secret, challenge, ConnectionRole.Process, nonce));
        MessageCodec.Read<AcceptMessage>(await ReceiveAsync());
        SessionKeys keys = SessionKeys.Derive(secret, challenge.Nonce, nonce);
        _buffer.MaxPayload = Frame.MaxPayload;
        _buffer.Opener = new FrameOpener(keys.ToClient);
        _sealer = new FrameSealer(keys.ToServer);
        await SendAsync(new HelloMessage(1, layout.Pid(number), 1, layout.Host(number), "rank", "/usr/bin/rank", 0, false, 0));
    }

    /// <summary>Takes part in one checkpoint.</summary>
    public async Task CheckpointAsync()
    {
        CheckpointMessage order = MessageCodec.Read<CheckpointMessage>(await ReceiveAsync());
        await DoneAsync(order.Epoch, Phase.Suspend);
        for (Phase phase = Phase.Suspend; phase != Phase.Commit;)
        {
            EnterPhaseMessage message = MessageCodec.Read<EnterPhaseMessage>(await ReceiveAsync());
            phase = message.Phase;
            await SendAsync(new PhaseDoneMessage(order.Epoch, phase, null)
            {
                Published = phase == Phase.Drain ? layout.Published(number) : [],
            });
            if (phase == Phase.Resume)
            {
                string image = string.Create(CultureInfo.InvariantCulture, $"{order.Directory}/{layout.Host(number)}-{layout.Pid(number)}.img");
                await SendAsync(new PhaseDoneMessage(order.Epoch, Phase.Write, new ImageReport(image, ImageBytes, 50, ImageBytes, 1000, 1)));
            }
        }
    }

    private ValueTask DoneAsync(ulong epoch, Phase phase) => SendAsync(new PhaseDoneMessage(epoch, phase, null));

    private ValueTask SendAsync<T>(T message)
        where T : IMessage<T>
    {
        byte[] plain = MessageCodec.ToFrame(message);
        return transport.SendAsync(_sealer?.Seal(plain) ?? plain);
    }

    private async ValueTask<byte[]> ReceiveAsync()
    {
        byte[] payload;
        while (!_buffer.TryTake(out payload))
        {
            int count = await transport.ReceiveAsync(_buffer.GetSpace(), CancellationToken.None);
            if (count == 0)
            {
                throw new InvalidOperationException($"the coordinator has closed the connection of agent {number}");
            }

            _buffer.Advance(count);
        }

        return payload;
    }
}
