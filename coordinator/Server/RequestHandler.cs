using Interpose.Coordinator.Barrier;
using Interpose.Coordinator.Native;
using Interpose.Leaks;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;

namespace Interpose.Coordinator.Server;

/// <summary>Answers the requests of commands and of the console.</summary>
internal sealed class RequestHandler(Computation computation, Func<string> address, Action<string> stop)
{
    private const int MaxSignal = 64;

    /// <summary>Answers one request; never throws.</summary>
    public async Task<ResponseMessage> HandleAsync(RequestMessage request)
    {
        try
        {
            return await computation.Loop.InvokeAsync(() => DispatchAsync(request)).ConfigureAwait(false);
        }
        catch (ProtocolException e)
        {
            return Answer(request, ExitCode.Usage, $"request {request.Verb}: {e.Message}");
        }
        catch (OperationCanceledException e)
        {
            return Answer(request, ExitCode.NoCoordinator, e.Message);
        }
    }

    private static ResponseMessage Answer(RequestMessage request, ExitCode code, string message) =>
        new(request.Id, code, message, RawField.Empty);

    private static ResponseMessage Answer<T>(RequestMessage request, ExitCode code, string message, T payload)
        where T : IRecord<T> =>
        new(request.Id, code, message, MessageCodec.ToBytes(payload));

    // Starts on the event loop; what comes after an await does not, and must not touch the computation.
    private Task<ResponseMessage> DispatchAsync(RequestMessage request) => request.Verb switch
    {
        Verb.Checkpoint => CheckpointAsync(request, MessageCodec.ReadRecord<CheckpointArguments>(request.Arguments)),
        Verb.Status => Task.FromResult(Answer(request, ExitCode.Ok, string.Empty, computation.Report(address()))),
        Verb.Configure => Task.FromResult(Configure(request, MessageCodec.ReadRecord<ConfigureArguments>(request.Arguments))),
        Verb.Kill => KillAsync(request, MessageCodec.ReadRecord<KillArguments>(request.Arguments)),
        Verb.Quit => Task.FromResult(Quit(request)),
        Verb.Restart => Task.FromResult(Restart(request, MessageCodec.ReadRecord<RestartArguments>(request.Arguments))),
        Verb.RestartPart => MeetAsync(request, MessageCodec.ReadRecord<RestartPartArguments>(request.Arguments)),
        Verb.WithdrawRestart => Task.FromResult(Withdraw(request, MessageCodec.ReadRecord<RestartArguments>(request.Arguments))),
        _ => Task.FromResult(Answer(
            request, ExitCode.Usage, $"the coordinator does not know the request '{request.Verb}'; is it of an older version?")),
    };

    private async Task<ResponseMessage> CheckpointAsync(RequestMessage request, CheckpointArguments arguments)
    {
        if (computation.CheckpointInProgress is { } other)
        {
            // One of the interval, or somebody else's: whoever asks now wants what is the case from now on.
            await other.ConfigureAwait(false);
            return await computation.Loop.InvokeAsync(() => CheckpointAsync(request, arguments)).ConfigureAwait(false);
        }

        (CheckpointReply? begun, Task<CheckpointOutcome> completion) =
            computation.BeginCheckpoint(
                TimeSpan.FromMilliseconds(Math.Min(arguments.TimeoutMilliseconds, int.MaxValue)),
                arguments.Stop,
                arguments.AllowUnmanaged,
                arguments.KeepConnections);
        if (!arguments.Wait && begun is not null)
        {
            return Answer(request, ExitCode.Ok, string.Empty, begun);
        }

        CheckpointOutcome outcome = await completion.ConfigureAwait(false);
        return outcome.Reply is { } reply
            ? Answer(request, outcome.Code, outcome.Message, reply)
            : Answer(request, outcome.Code, outcome.Message);
    }

    private ResponseMessage Configure(RequestMessage request, ConfigureArguments arguments)
    {
        if (arguments.CheckpointRoot.Length > 0 && !Path.IsPathFullyQualified(arguments.CheckpointRoot))
        {
            return Answer(request, ExitCode.Usage, $"{arguments.CheckpointRoot} is not an absolute path");
        }

        if (arguments.Codec.Length > 0 && !CodecName.All.Contains(arguments.Codec))
        {
            return Answer(request, ExitCode.Usage, $"'{arguments.Codec}' is no codec; {string.Join(", ", CodecName.All)} are");
        }

        if (arguments.Leaks.Length > 0 && !LeakPolicy.All.Contains(arguments.Leaks))
        {
            return Answer(request, ExitCode.Usage, $"'{arguments.Leaks}' is no policy for leaks; {string.Join(", ", LeakPolicy.All)} are");
        }

        computation.Configure(arguments);
        return Answer(request, ExitCode.Ok, string.Empty);
    }

    private async Task<ResponseMessage> KillAsync(RequestMessage request, KillArguments arguments)
    {
        if (arguments.Signal is < 1 or > MaxSignal)
        {
            return Answer(request, ExitCode.Usage, $"{arguments.Signal} is no signal; 1 to {MaxSignal} are");
        }

        KillReply reply = await new KillOperation(computation, arguments.Signal).Begin().ConfigureAwait(false);
        bool failed = arguments.Signal == Signals.Kill && reply.Remaining > 0;
        return Answer(
            request,
            failed ? ExitCode.Failure : ExitCode.Ok,
            failed ? $"{reply.Remaining} processes did not end" : string.Empty,
            reply);
    }

    private ResponseMessage Quit(RequestMessage request)
    {
        int left = computation.Members.Count;
        stop("asked to quit");
        return Answer(
            request, ExitCode.Ok, left == 0 ? string.Empty : $"{left} processes go on without a coordinator");
    }

    private ResponseMessage Restart(RequestMessage request, RestartArguments arguments)
    {
        if (!ComputationId.IsValid(arguments.Computation) || arguments.Processes < 1)
        {
            return Answer(request, ExitCode.Usage, "the announcement of the restart is malformed");
        }

        string? refused = computation.BeginRestart(arguments);
        return Answer(request, refused is null ? ExitCode.Ok : ExitCode.Busy, refused ?? string.Empty);
    }

    private async Task<ResponseMessage> MeetAsync(RequestMessage request, RestartPartArguments arguments)
    {
        (string? refusal, RestartPartReply reply) = await computation.Meet(arguments).ConfigureAwait(false);
        return refusal is null
            ? Answer(request, ExitCode.Ok, string.Empty, reply)
            : Answer(request, ExitCode.Failure, refusal);
    }

    private ResponseMessage Withdraw(RequestMessage request, RestartArguments arguments)
    {
        string earlier = computation.WithdrawRestart(arguments.Epoch, arguments.Reason);
        return Answer(request, ExitCode.Ok, earlier);
    }
}
