using Interpose.Images;
using Interpose.Images.Checkpoints;

namespace Interpose.Tests.Unit.Images;

public sealed class CheckpointStoreTests : IDisposable
{
    private readonly TestDirectory _root = new();
    private readonly FixedTime _time = new() { Now = DateTimeOffset.UtcNow };
    private readonly CheckpointStore _store;

    public CheckpointStoreTests() => _store = new CheckpointStore(_root.Path, _time);

    public void Dispose() => _root.Dispose();

    [Fact]
    public void A_root_that_does_not_exist_holds_no_checkpoints()
    {
        var store = new CheckpointStore(_root["missing"]);
        Assert.Empty(store.List());
        Assert.Null(store.Latest());
    }

    [Fact]
    public void Lists_by_computation_and_epoch_and_tells_their_states()
    {
        Complete("b", 1);
        Complete("a", 10);
        Complete("a", 9);
        Incomplete("a", 11);
        Damaged("b", 2);
        Directory.CreateDirectory(_root["a/notes"]);
        Assert.Equal(
            ["a/9 Complete", "a/10 Complete", "a/11 Incomplete", "b/1 Complete", "b/2 Damaged"],
            _store.List().Select(c => $"{c.Computation}/{c.Epoch} {c.State}"));
    }

    [Fact]
    public void Latest_is_the_last_commit_of_all_computations_or_of_one()
    {
        Complete("z", 1);
        Complete("a", 7);
        Incomplete("a", 8);
        Assert.Equal(7ul, _store.Latest()!.Epoch);
        Assert.Equal(1ul, _store.Latest("z")!.Epoch);
    }

    [Fact]
    public void Remove_deletes_the_directory_and_an_empty_computation()
    {
        Complete("a", 1);
        _store.Remove(_store.Latest()!);
        Assert.False(Directory.Exists(_root["a"]));
        Assert.True(Directory.Exists(_root.Path));
    }

    [Fact]
    public void Remove_leaves_a_directory_with_something_else_in_it_untouched()
    {
        Complete("a", 1);
        File.WriteAllText(_root["a/000001/thesis.tex"], "x");
        ImageException e = Assert.Throws<ImageException>(() => _store.Remove(_store.Latest()!));
        Assert.Contains("thesis.tex", e.Message, StringComparison.Ordinal);
        Assert.Equal(3, Directory.GetFiles(_root["a/000001"]).Length);
    }

    [Fact]
    public void Remove_does_not_follow_a_symbolic_link()
    {
        Complete("a", 1);
        Directory.CreateDirectory(_root["b"]);
        Directory.CreateSymbolicLink(_root["b/000001"], _root["a/000001"]);
        Assert.Throws<ImageException>(() => _store.Remove(CheckpointStore.Look(_root["b/000001"])));
        Assert.True(File.Exists(_root["a/000001/manifest"]));
    }

    [Fact]
    public void What_may_be_in_progress_is_not_removed_even_when_asked()
    {
        Incomplete("a", 1);
        CheckpointEntry entry = Assert.Single(_store.List());
        Assert.Throws<ImageException>(() => _store.Remove(entry));
        Assert.Throws<ImageException>(() => _store.Remove(entry, incomplete: true));
        Assert.Empty(_store.Prune(1, incomplete: true));
        Assert.Single(_store.List());
    }

    [Fact]
    public void What_was_left_behind_is_removed_only_when_asked()
    {
        Incomplete("a", 1);
        _time.Now += CheckpointStore.StaleAfter + TimeSpan.FromMinutes(1);
        Assert.Empty(_store.Prune(1));
        Assert.Single(_store.Prune(1, incomplete: true));
        Assert.Empty(_store.List());
    }

    [Fact]
    public void Prune_keeps_the_newest_complete_ones_of_each_computation()
    {
        for (ulong epoch = 1; epoch <= 5; epoch++)
        {
            Complete("a", epoch);
        }

        Complete("b", 1);
        Damaged("a", 6);
        Incomplete("a", 7);
        Assert.Equal([3ul, 2, 1], _store.Prune(2).Select(c => c.Epoch));
        Assert.Equal(["a/4", "a/5", "a/6", "a/7", "b/1"], _store.List().Select(c => $"{c.Computation}/{c.Epoch}"));
    }

    [Fact]
    public void Prune_keeps_at_least_one() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => _store.Prune(0));

    [Theory]
    [InlineData(1, "000001")]
    [InlineData(999999, "999999")]
    [InlineData(1234567, "1234567")]
    public void Epoch_names_sort_and_read_back(ulong epoch, string name)
    {
        Assert.Equal(name, CheckpointLayout.EpochName(epoch));
        Assert.True(CheckpointLayout.TryParseEpoch(name, out ulong back));
        Assert.Equal(epoch, back);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0000001")]
    [InlineData("00000a")]
    [InlineData("-00001")]
    public void Other_names_are_not_epochs(string name) =>
        Assert.False(CheckpointLayout.TryParseEpoch(name, out _));

    private string Incomplete(string computation, ulong epoch)
    {
        string directory = Directory.CreateDirectory(_root[$"{computation}/{CheckpointLayout.EpochName(epoch)}"]).FullName;
        File.WriteAllText(Path.Combine(directory, "h-1.img"), "");
        return directory;
    }

    private void Complete(string computation, ulong epoch) =>
        ManifestWriter.Write(Incomplete(computation, epoch), ManifestTests.Sample(epoch));

    private void Damaged(string computation, ulong epoch) =>
        File.WriteAllText(Path.Combine(Incomplete(computation, epoch), "manifest"), "junk");

    private sealed class FixedTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
