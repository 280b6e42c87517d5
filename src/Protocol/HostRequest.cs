namespace Interpose.Protocol;

/// <summary>
/// What a process sends over a unix socket to have something done by the coordinator of its host: the ticket that its Checkpoint
/// message brought, and five little-endian 32-bit words, of which the first is the request.
/// </summary>
public static class HostRequest
{
    /// <summary>Length of a ticket, characters.</summary>
    public const int TicketLength = 32;

    /// <summary>Behind the ticket.</summary>
    public const int Words = 5;

    /// <summary>Length of a request, bytes.</summary>
    public const int Size = TicketLength + (4 * Words);

    /// <summary>Opens the image; the answer is the file (SCM_RIGHTS, unix(7)), or the end of the connection.</summary>
    public const int OpenImage = 1;

    /// <summary>
    /// Words 1 to 4: two pids and two fds, compared by kcmp(2), KCMP_FILE. The answer is one word: its result, or -errno.
    /// </summary>
    public const int Compare = 2;
}
