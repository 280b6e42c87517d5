namespace Interpose.Cli.Verbs;

/// <summary>What a finding means for somebody who wants to checkpoint and restart.</summary>
internal enum CheckVerdict
{
    /// <summary>As it should be.</summary>
    Works,

    /// <summary>Works, but slower or not in every case; the detail says what is lost.</summary>
    Limited,

    /// <summary>Checkpoint or restart will not work.</summary>
    Fails,
}
