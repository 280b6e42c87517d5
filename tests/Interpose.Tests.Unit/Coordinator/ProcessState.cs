namespace Interpose.Tests.Unit.Coordinator;

/// <summary>Waits for what a real process does.</summary>
internal static class ProcessState
{
    public static async Task UntilStoppedAsync(int pid)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!(await File.ReadAllTextAsync($"/proc/{pid}/stat", limit.Token)).Contains(") T ", StringComparison.Ordinal))
        {
            await Task.Yield();
        }
    }
}
