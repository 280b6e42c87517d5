using Interpose.Coordinator.Server;
using Interpose.Coordinator.Storage;
using Interpose.Protocol.Requests;
using Microsoft.Extensions.Logging;

namespace Interpose.Coordinator.Barrier;

/// <summary>What an operation needs from the computation it runs in.</summary>
internal interface IOperationHost
{
    CoordinatorOptions Options { get; }

    /// <summary>Codec of new images.</summary>
    string Codec { get; }

    EventLoop Loop { get; }

    ILogger Logger { get; }

    ICheckpointStore Store { get; }

    /// <summary>For processes of this host that may do less than the coordinator; null when there are none.</summary>
    HostService? HostService { get; }

    /// <summary>Kills every process, and ends when they are gone or do not want to go.</summary>
    Task<KillReply> KillAll();

    /// <summary>The operation is over; another may begin.</summary>
    void OperationEnded(IOperation operation);
}
