using Interpose.Tests.System.Harness;

namespace Interpose.Tests.System.Mpi;

/// <summary>MPI jobs of the superuser.</summary>
[Collection("mpi")] // Open MPI takes the first ports that are free: two jobs must not take each other's between an end and a restart
public sealed class MpiAsRootTests
{
    [RootTheory]
    [MemberData(nameof(MpiScenario.All), MemberType = typeof(MpiScenario))]
    public Task Generations_of_a_job(string library, string program) => MpiScenario.RunAsync(TestUser.Root, library, program);

    [RootTheory]
    [InlineData("mpich")]
    [InlineData("openmpi")]
    public Task An_interrupt_ends_a_restored_job(string library) => MpiScenario.InterruptAsync(TestUser.Root, library);
}
