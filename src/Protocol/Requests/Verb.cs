namespace Interpose.Protocol.Requests;

/// <summary>What a client can ask for.</summary>
public static class Verb
{
    /// <summary>Take a checkpoint: <see cref="CheckpointArguments"/>, <see cref="CheckpointReply"/>.</summary>
    public const string Checkpoint = "checkpoint";

    /// <summary>Report: no arguments, <see cref="StatusReply"/>.</summary>
    public const string Status = "status";

    /// <summary>Change settings: <see cref="ConfigureArguments"/>, no answer record.</summary>
    public const string Configure = "configure";

    /// <summary>Signal every process: <see cref="KillArguments"/>, <see cref="KillReply"/>.</summary>
    public const string Kill = "kill";

    /// <summary>End the coordinator; processes go on without it. No records.</summary>
    public const string Quit = "quit";

    /// <summary>Announce a restart: <see cref="RestartArguments"/>, no answer record.</summary>
    public const string Restart = "restart";

    /// <summary>
    /// One host of a restart is ready: <see cref="RestartPartArguments"/>, <see cref="RestartPartReply"/> when all are.
    /// </summary>
    public const string RestartPart = "restart-part";

    /// <summary>Withdraw the announcement: <see cref="RestartArguments"/> of it, no answer record.</summary>
    public const string WithdrawRestart = "restart-withdraw";
}
