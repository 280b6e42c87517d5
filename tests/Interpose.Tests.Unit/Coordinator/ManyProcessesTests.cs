using Interpose.Protocol;
using Interpose.Protocol.Messages;
using Interpose.Protocol.Requests;

namespace Interpose.Tests.Unit.Coordinator;

/// <summary>The barrier with hundreds of processes.</summary>
public sealed class ManyProcessesTests
{
    private const int Processes = 300;

    [Fact]
    public async Task Hundreds_of_processes_are_walked_through_a_checkpoint()
    {
        await using var harness = new CoordinatorHarness();
        FakeProcess[] processes = await JoinAsync(harness, restored: false);
        Task<ResponseMessage> response = harness.CheckpointAsync();
        await Task.WhenAll(processes.Select(p => p.CheckpointAsync(1)));
        ResponseMessage answer = await response;
        Assert.Equal(ExitCode.Ok, answer.Code);
        Assert.Equal(Processes, Interpose.Images.Checkpoints.ManifestReader.Read(harness.DirectoryOf(1)).Processes.Count);
    }

    [Fact]
    public async Task Hundreds_of_processes_come_back_together()
    {
        await using var harness = new CoordinatorHarness();
        await harness.RequestAsync(Verb.Restart, new RestartArguments("earlier", 4, "/c/earlier/000004", Processes, string.Empty));
        FakeProcess[] processes = await JoinAsync(harness, restored: true);
        await Task.WhenAll(processes.Select(p => p.DoneAsync(4, Phase.Create)));
        foreach (Phase phase in new[] { Phase.Connect, Phase.Refill, Phase.Resume })
        {
            await Task.WhenAll(processes.Select(p => p.ExpectPhaseAsync(4, phase)));
            await Task.WhenAll(processes.Select(p => p.DoneAsync(4, phase)));
        }

        await harness.UntilAsync(s => s.Phase == Phase.Running);
    }

    private static Task<FakeProcess[]> JoinAsync(CoordinatorHarness harness, bool restored) =>
        Task.WhenAll(Enumerable.Range(3000001, Processes).Select(pid => harness.JoinAsync(pid, restored, restored ? 4ul : 0)));
}
