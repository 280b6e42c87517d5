using Interpose.Protocol.Requests;

namespace Interpose.Coordinator.Barrier;

/// <summary>
/// The hosts of a restart find each other: each says where it accepts connections, and hears of all others when the last
/// one has said so. Runs on the event loop.
/// </summary>
internal sealed class RestartParts
{
    private readonly Dictionary<string, RestartPart> _parts = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource<(string? Refusal, RestartPartReply Reply)> _all =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One is ready. The answer comes when all are, or as a refusal when the restart is given up.</summary>
    public Task<(string? Refusal, RestartPartReply Reply)> Add(RestartPartArguments arguments)
    {
        if (!_parts.TryAdd(arguments.Part.Host, arguments.Part))
        {
            return Task.FromResult<(string?, RestartPartReply)>(
                ($"the processes of {arguments.Part.Host} are being restarted already", new RestartPartReply([])));
        }

        if (_parts.Count >= arguments.Parts)
        {
            _all.TrySetResult((null, new RestartPartReply([.. _parts.Values])));
        }

        return _all.Task;
    }

    /// <summary>There will be no restart.</summary>
    public void Fail(string reason) => _all.TrySetResult((reason, new RestartPartReply([])));
}
