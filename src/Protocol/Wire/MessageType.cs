namespace Interpose.Protocol.Wire;

/// <summary>First element of every message. The numbers travel on the wire; the shim has them too.</summary>
public enum MessageType
{
    /// <summary>No message.</summary>
    None = 0,

    /// <summary>Coordinator: version and nonce.</summary>
    Challenge = 1,

    /// <summary>Peer: role, nonce and proof.</summary>
    Auth = 2,

    /// <summary>Coordinator: its own proof.</summary>
    Accept = 3,

    /// <summary>Coordinator: the reason why the connection is closed.</summary>
    Refuse = 4,

    /// <summary>Process: who it is.</summary>
    Hello = 10,

    /// <summary>Coordinator: begin a checkpoint.</summary>
    Checkpoint = 20,

    /// <summary>Coordinator: enter a phase.</summary>
    EnterPhase = 21,

    /// <summary>Coordinator: give the checkpoint up and run on.</summary>
    Abort = 22,

    /// <summary>Coordinator: send yourself a signal.</summary>
    Kill = 23,

    /// <summary>Coordinator: the checkpoint that the process asked for has ended.</summary>
    CheckpointEnded = 24,

    /// <summary>Process: a phase is done.</summary>
    PhaseDone = 30,

    /// <summary>Process: a phase cannot be done.</summary>
    Failed = 31,

    /// <summary>Process: the abort is done, the application runs.</summary>
    Aborted = 32,

    /// <summary>Process: the program asks for a checkpoint.</summary>
    CheckpointWanted = 33,

    /// <summary>Client: a request.</summary>
    Request = 40,

    /// <summary>Coordinator: the answer to a request.</summary>
    Response = 41,
}
