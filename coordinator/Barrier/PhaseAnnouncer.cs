using Interpose.Images.Checkpoints;
using Interpose.Protocol;
using Interpose.Protocol.Messages;

namespace Interpose.Coordinator.Barrier;

/// <summary>Tells the processes of a checkpoint which phase they are to enter.</summary>
internal sealed class PhaseAnnouncer(IOperationHost host, Roster roster, CheckpointOrder order)
{
    /// <summary>Tells everybody. Null, or why that cannot be done.</summary>
    public string? TellAll(Phase phase)
    {
        if (phase == Phase.Snapshot)
        {
            return TellWhatIsShared();
        }

        foreach (Participant participant in roster.All)
        {
            Tell(participant, phase);
        }

        return null;
    }

    /// <summary>Tells one, unless its connection is gone.</summary>
    public void Tell(Participant participant, Phase phase)
    {
        if (participant.Gone || (phase == Phase.Resume && participant.IsResumed))
        {
            return;
        }

        participant.Member.Phase = phase;
        switch (host.Options.Phases.Get(Operation.Checkpoint, phase).Entry)
        {
            case PhaseEntry.CheckpointMessage:
                participant.Member.Connection.Send(Order(participant));
                break;
            case PhaseEntry.PhaseMessage:
                participant.Member.Connection.Send(new EnterPhaseMessage(order.Epoch, phase) { SpansHosts = roster.SpansHosts });
                break;
            default:
                break;
        }
    }

    private CheckpointMessage Order(Participant participant)
    {
        var message = new CheckpointMessage(order.Epoch, order.Directory, host.Codec, order.Stop, order.KeepConnections);
        HelloMessage hello = participant.Member.Hello;
        return host.HostService is { } service && participant.Member.IsVisible
            ? message with
            {
                Service = service.Name,
                Ticket = service.Admit(Path.Combine(order.Directory, CheckpointLayout.ImageName(hello.Host, hello.Pid))),
            }
            : message;
    }

    private string? TellWhatIsShared()
    {
        var rendezvous = new Rendezvous(roster.All);
        foreach (Participant participant in roster.All)
        {
            participant.Member.Phase = Phase.Snapshot;
            var message = new EnterPhaseMessage(order.Epoch, Phase.Snapshot) { EncodedFound = rendezvous.FoundBy(participant) };
            try
            {
                participant.Member.Connection.Send(message);
            }
            catch (ProtocolException e)
            {
                return $"{participant.Member.Name} has {message.EncodedFound!.Count} kernel objects in common with others, too many: {e.Message}";
            }
        }

        return null;
    }
}
