using Interpose.Cli.Client;
using Interpose.Cli.State;
using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;
using Interpose.Protocol.Wire;
using Interpose.Restart.Hosts;

namespace Interpose.Cli.Hosts;

/// <summary>The hosts of a restart find each other through the coordinator.</summary>
internal static class PartMeeting
{
    private const int LookMilliseconds = 100;

    /// <param name="placement">This host.</param>
    /// <param name="epoch">The checkpoint's number.</param>
    /// <param name="parts">How many hosts there are.</param>
    /// <param name="coordinator">Where they meet.</param>
    /// <param name="watch">Looked at while waiting; throws when it is in vain.</param>
    public static RestartPartOptions Options(
        HostPlacement placement, ulong epoch, int parts, Func<CoordinatorRecord> coordinator, Action watch) => new()
        {
            Host = placement.Host,
            Name = placement.Name,
            IsOneOfSeveralHere = placement.IsShared,
            Authenticate = static (key, message) => HmacSha256.Compute(key, message),
            Meet = addresses => Meet(coordinator(), new RestartPartArguments(epoch, parts, new RestartPart(placement.Host, addresses)), watch),
        };

    private static Dictionary<string, IReadOnlyList<string>> Meet(
        CoordinatorRecord coordinator, RestartPartArguments arguments, Action watch)
    {
        using CoordinatorClient client = CoordinatorClient.Connect(coordinator);
        Task<ResponseMessage> asking = Task.Run(() => client.Request(Verb.RestartPart, arguments, Timeout.InfiniteTimeSpan));
        while (!asking.Wait(LookMilliseconds))
        {
            watch();
        }

        RestartPartReply reply = MessageCodec.ReadRecord<RestartPartReply>(CoordinatorClient.Checked(asking.Result).Payload);
        return reply.Parts.ToDictionary(p => p.Host, p => p.Addresses, StringComparer.Ordinal);
    }
}
