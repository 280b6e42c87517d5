namespace Interpose.Restart.Rules;

/// <summary>What a restart does with an object that a rule names.</summary>
public enum RuleAction
{
    /// <summary>What it does without a rule: the program finds a connection to the outside closed, a file opened again.</summary>
    Reset,

    /// <summary>A new connection to the same address.</summary>
    Reconnect,

    /// <summary>The old connection goes on, with its sequence numbers and queues (TCP_REPAIR).</summary>
    Repair,

    /// <summary>Another path, or a connection to another address.</summary>
    Replace,

    /// <summary>An fd that the restart command was given.</summary>
    Descriptor,

    /// <summary>What the hook hands back.</summary>
    Hook,
}
