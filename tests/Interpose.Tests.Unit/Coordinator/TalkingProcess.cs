using System.Diagnostics;
using System.Globalization;
using System.Net;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>A real process that holds a connection to a coordinator; what it says and hears goes through its pipes.</summary>
internal sealed class TalkingProcess : IDisposable
{
    private readonly Process _process;
    private readonly FrameBuffer _buffer = new();
    private FrameSealer? _sealer;

    public TalkingProcess(IPEndPoint address)
    {
        string port = address.Port.ToString(CultureInfo.InvariantCulture);
        string script = $"exec 9<>/dev/tcp/127.0.0.1/{port}; cat <&9 & exec cat >&9";
        _process = Process.Start(new ProcessStartInfo("/bin/bash", ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    public async Task JoinAsync(byte[] secret, int pid)
    {
        ChallengeMessage challenge = MessageCodec.Read<ChallengeMessage>(await ReceiveAsync());
        await SendAsync(Handshake.Answer(secret, challenge, ConnectionRole.Process, new byte[Handshake.NonceSize]));
        MessageCodec.Read<AcceptMessage>(await ReceiveAsync());
        SessionKeys keys = SessionKeys.Derive(secret, challenge.Nonce, new byte[Handshake.NonceSize]);
        _buffer.Opener = new FrameOpener(keys.ToClient);
        _sealer = new FrameSealer(keys.ToServer);
        await SendAsync(FakeProcess.Hello(pid));
    }

    public Task EndAsync() => _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task SendAsync<T>(T message)
        where T : IMessage<T>
    {
        await _process.StandardInput.BaseStream.WriteAsync(_sealer?.Seal(MessageCodec.ToFrame(message)) ?? MessageCodec.ToFrame(message));
        await _process.StandardInput.BaseStream.FlushAsync();
    }

    private async Task<byte[]> ReceiveAsync()
    {
        byte[] payload;
        while (!_buffer.TryTake(out payload))
        {
            _buffer.Advance(await _process.StandardOutput.BaseStream.ReadAsync(_buffer.GetSpace()));
        }

        return payload;
    }
}
