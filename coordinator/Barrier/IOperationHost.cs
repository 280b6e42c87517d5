using Interpose.Coordinator.Storage;
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

    /// <summary>The operation is over; another may begin.</summary>
    void OperationEnded(IOperation operation);
}
