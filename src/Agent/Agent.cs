using Interpose.Agent.Abi;
using Interpose.Agent.Collect;
using Interpose.Linux;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Wire;
using Interpose.Resources;

namespace Interpose.Agent;

/// <summary>
/// Answers the coordinator on the shim's own thread, from the first frame of a checkpoint until the process runs
/// undisturbed again. Between checkpoints no managed code is on any stack.
/// </summary>
internal sealed unsafe class Agent(NativeApi* api)
{
    private const ulong RestoredLimitMs = 10_000;
    private const int PollIn = 1;
    private const int SetDumpable = 4; // PR_SET_DUMPABLE

    private Connection? _connection;
    private Checkpoint? _checkpoint;
    private StoppedChildren? _stoppedChildren;
    private Checkpoint? _restored;
    private bool _restoring;

    /// <summary>In a child that was forked meanwhile: whatever was under way is the parent's.</summary>
    public void Forget() => _checkpoint?.Forget();

    /// <summary>Handles what arrives until nothing is under way. False: the coordinator is gone.</summary>
    public bool Dispatch()
    {
        if (_connection is not { IsCurrent: true })
        {
            _connection = new Connection(api->State);
        }

        try
        {
            do
            {
                if (WaitForFrame())
                {
                    if (_connection.Receive() is not { } payload)
                    {
                        LoseCoordinator();
                        return false;
                    }

                    Handle(payload);
                }
            }
            while (_checkpoint is not null || _restoring || _connection.HasFrame);
            return true;
        }
        catch (ProtocolException)
        {
            LoseCoordinator();
            return false;
        }
    }

    /// <summary>Waits for a frame or the end of the twin; false: it was the twin, and it has been dealt with.</summary>
    private bool WaitForFrame()
    {
        if (_connection!.HasFrame)
        {
            return true;
        }

        bool hasTwin = _checkpoint is { TwinFd: >= 0 };
        if (!_restoring && _checkpoint is not { IsSuspended: true })
        {
            // While we wait, the application may fork, and its child inherits the runtime as it is now.
            RuntimeThreads.ComeToRest();
        }

        // struct pollfd: fd, events (16 bits), revents (16 bits)
        int* request = stackalloc int[4];
        request[0] = _connection.Fd;
        request[1] = PollIn;
        request[2] = hasTwin ? _checkpoint!.TwinFd : -1;
        request[3] = PollIn;
        Sys.Try(SyscallNumber.Poll, (ulong)request, 2, ulong.MaxValue);
        if (request[1] >> 16 != 0 || request[3] >> 16 == 0)
        {
            return request[1] >> 16 != 0;
        }

        // A writer that succeeded has told the coordinator itself.
        ulong epoch = _checkpoint!.Epoch;
        string? failure;
        if (_checkpoint.IsSuspended)
        {
            // What comes next is for the coordinator to say.
            failure = _checkpoint.EndTwin();
            if (failure is not null)
            {
                Fail(epoch, Phase.Write, ExitCode.Failure, failure);
            }

            return false;
        }

        failure = _checkpoint.Finish();
        _checkpoint = null;
        if (failure is not null)
        {
            _connection.Send(new FailedMessage(epoch, Phase.Write, ExitCode.Failure, failure));
        }

        return false;
    }

    private void Handle(byte[] payload)
    {
        switch (MessageCodec.PeekType(payload))
        {
            case MessageType.Checkpoint:
                Begin(MessageCodec.Read<CheckpointMessage>(payload));
                break;
            case MessageType.EnterPhase:
                Enter(MessageCodec.Read<EnterPhaseMessage>(payload));
                break;
            case MessageType.Abort:
                Abort(MessageCodec.Read<AbortMessage>(payload));
                break;
            case MessageType.CheckpointEnded:
                Tell(MessageCodec.Read<CheckpointEndedMessage>(payload));
                break;
            case MessageType.Kill:
                int signal = MessageCodec.Read<KillMessage>(payload).Signal;
                Sys.Try(SyscallNumber.Kill, (ulong)Sys.Try(SyscallNumber.Getpid), (ulong)signal);
                break;
        }
    }

    private void Begin(CheckpointMessage request)
    {
        if (_checkpoint is not null)
        {
            // The coordinator knows better than we do that the last one is over.
            _checkpoint.Abandon();
        }

        _checkpoint = new Checkpoint(api, _connection!, request);
        Perform(new EnterPhaseMessage(request.Epoch, Phase.Suspend));
    }

    private void Enter(EnterPhaseMessage message)
    {
        if (_restoring)
        {
            ContinueRestart(message);
            return;
        }

        if (_checkpoint is null || _checkpoint.Epoch != message.Epoch)
        {
            // Commit may come after the twin has been reaped: nothing is left to do.
            _connection!.Send(new PhaseDoneMessage(message.Epoch, message.Phase, null));
            return;
        }

        if (message.Phase == Phase.Refill && api->State->Stopped != 0)
        {
            // It stops in there, and will not answer before somebody continues it.
            _checkpoint.Refill();
            _connection!.Send(Done(message));
            _connection.Send(new PhaseDoneMessage(message.Epoch, Phase.Resume, null));
            _checkpoint.Resume();
            return;
        }

        if (message.Phase == Phase.Snapshot)
        {
            _checkpoint.Peers = Rendezvous.Read(message.Found);
        }

        Perform(message);
    }

    private void Perform(EnterPhaseMessage message)
    {
        (ulong epoch, Phase phase) = message;
        try
        {
            switch (phase)
            {
                case Phase.Suspend:
                    _checkpoint!.Suspend();
                    break;
                case Phase.Drain:
                    _checkpoint!.Drain(message.SpansHosts);
                    break;
                case Phase.Snapshot:
                    if (_checkpoint!.Snapshot())
                    {
                        BeginRestoredLife();
                        return;
                    }

                    break;
                case Phase.Refill:
                    _checkpoint!.Refill();
                    break;
                case Phase.Resume:
                    _checkpoint!.Resume();
                    break;
                case Phase.Commit:
                    _checkpoint!.Finish();
                    _checkpoint = null;
                    break;
            }

            _connection!.Send(Done(message));
        }
        catch (TransientResourceException e)
        {
            Fail(epoch, phase, ExitCode.Busy, e.Message);
        }
        catch (UnsupportedResourceException e)
        {
            Fail(epoch, phase, ExitCode.Unsupported, e.Message);
        }
        catch (Exception e) when (e is SyscallException or IOException or InvalidOperationException or FormatException
            or OutOfMemoryException or ArgumentException or IndexOutOfRangeException or NullReferenceException or ProtocolException)
        {
            // Whatever went wrong in here must not cost the application its life.
            Fail(epoch, phase, ExitCode.Failure, e.Message);
        }
    }

    private PhaseDoneMessage Done(EnterPhaseMessage message) => message.Phase switch
    {
        Phase.Suspend => new(message.Epoch, message.Phase, null) { Ignored = Ignored() },
        Phase.Census => new(message.Epoch, message.Phase, null) { Census = Census.Take(message) },
        Phase.Drain => new(message.Epoch, message.Phase, null) { Published = Rendezvous.Write(_checkpoint!.Shared) },
        _ => new(message.Epoch, message.Phase, null),
    };

    /// <summary>File descriptors of which the program says that they are no leaks.</summary>
    private int[] Ignored()
    {
        NativeApplication* application = api->State->Application;
        return application == null ? [] : [.. new ReadOnlySpan<int>(application->Ignored, (int)application->IgnoredCount)];
    }

    /// <summary>How the checkpoint ended that the program asked for.</summary>
    private void Tell(CheckpointEndedMessage ended)
    {
        const int resumed = 1, inputOutputError = -5; // INTERPOSE_RESUMED, -EIO
        fixed (byte* why = Sys.Path(ended.Message))
        {
            api->Ended(ended.Code == ExitCode.Ok ? resumed : inputOutputError, why);
        }
    }

    private void Fail(ulong epoch, Phase phase, ExitCode code, string message) =>
        Abandon(new FailedMessage(epoch, phase, code, message));

    private void Abort(AbortMessage message)
    {
        _restoring = false;
        Abandon(new AbortedMessage(message.Epoch));
    }

    private void Abandon<T>(T report)
        where T : IMessage<T>
    {
        // Where it was stopped it stops in there, and could not say it before somebody continues it.
        bool stops = _checkpoint is not null && api->State->Stopped != 0;
        if (stops)
        {
            _connection!.Send(report);
        }

        _checkpoint?.Abandon();
        _checkpoint = null;
        if (!stops)
        {
            _connection!.Send(report);
        }
    }

    /// <summary>The computation outlives its coordinator: whatever was under way is given up, and it runs on.</summary>
    private void LoseCoordinator()
    {
        _checkpoint?.Abandon();
        _checkpoint = null;
        if (_restoring)
        {
            _restoring = false;
            api->Resume();
        }
    }

    /// <summary>
    /// Here a restart continues: memory is that of the checkpoint, threads and kernel objects are new, and the threads
    /// of the application wait in their handlers.
    /// </summary>
    private void BeginRestoredLife()
    {
        NativeState* state = api->State;
        _stoppedChildren = _checkpoint?.StoppedChildren;
        _restored = _checkpoint;
        _checkpoint = null;
        api->WaitRestored(RestoredLimitMs);

        // A change of user, as a thread of a privileged process makes it, takes it away (PR_SET_DUMPABLE, prctl(2)).
        Sys.Try(SyscallNumber.Prctl, SetDumpable, 1);
        ReserveWindow();
        ScreenModes.FindTerminals(api->State);
        long fd = api->Connect(1);
        state->Connection = (int)fd;
        if (fd < 0)
        {
            api->Resume();
            return;
        }

        _restoring = true;
        _connection = new Connection(state);
        _connection.Send(new PhaseDoneMessage(state->Restart.Epoch, Phase.Create, null));
    }

    private void ContinueRestart(EnterPhaseMessage message)
    {
        if (message.Phase == Phase.Refill)
        {
            try
            {
                _restored?.Refill();
                _restored = null;
            }
            catch (Exception e) when (e is SyscallException or UnsupportedResourceException)
            {
                _connection!.Send(new FailedMessage(message.Epoch, message.Phase, ExitCode.Failure, e.Message));
                return;
            }
        }

        bool stops = message.Phase == Phase.Refill && api->State->Stopped != 0;
        if (stops)
        {
            _connection!.Send(new PhaseDoneMessage(message.Epoch, message.Phase, null));
            message = new EnterPhaseMessage(message.Epoch, Phase.Resume);
            _connection.Send(new PhaseDoneMessage(message.Epoch, message.Phase, null));
        }

        if (message.Phase == Phase.Resume)
        {
            _restoring = false;
            _stoppedChildren?.ForgetStopped();
            _stoppedChildren = null;
            Checkpoint.StopAgain(api->State);
            api->Resume();
            api->After(1);
        }

        if (stops)
        {
            return;
        }

        _connection!.Send(new PhaseDoneMessage(message.Epoch, message.Phase, null));
    }

    /// <summary>The restorer lies where every shim keeps an address range free: free it again.</summary>
    private static void ReserveWindow()
    {
        const ulong windowBase = 0x1f0000000000, windowSize = 64 << 20;
        const int noReserveFixedPrivateAnonymous = 0x4032;
        Sys.Try(SyscallNumber.Mmap, windowBase, windowSize, 0, noReserveFixedPrivateAnonymous, ulong.MaxValue);
    }
}
