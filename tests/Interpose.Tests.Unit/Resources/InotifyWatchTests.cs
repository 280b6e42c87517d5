using Interpose.Linux;
using Interpose.Resources.Inotify;

namespace Interpose.Tests.Unit.Resources;

public class InotifyWatchTests
{
    private const string Information =
        "pos:\t0\nflags:\t04000\nmnt_id:\t15\nino:\t1038\n"
        + "inotify wd:4d ino:b206f8 sdev:fe00003 mask:4000fff ignored_mask:0 fhandle-bytes:8 fhandle-type:1 f_handle:f806b20071c82bfb\n"
        + "inotify wd:1 ino:3c570 sdev:15 mask:88000100 ignored_mask:0 \n";

    [Fact]
    public void Watches_come_in_the_order_of_their_numbers()
    {
        List<InotifyWatch> watches = InotifyWatch.Parse(Information);
        Assert.Equal([1, 77], watches.Select(w => w.Number));
        Assert.Equal(0x80000100u, watches[0].Mask); // without the kernel's own FS_EVENT_ON_CHILD
        Assert.Equal(FileStatus.MakeDevice(0, 0x15), watches[0].Device);
        Assert.Empty(watches[0].Handle);
        Assert.Equal(0xb206f8ul, watches[1].Inode);
        Assert.Equal(FileStatus.MakeDevice(0xfe, 3), watches[1].Device);
        Assert.Equal(0x4000fffu, watches[1].Mask);
        Assert.Equal(Convert.FromHexString("f806b20071c82bfb"), watches[1].Handle);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pos:\t0\n")]
    public void No_watch_is_no_watch(string text) => Assert.Empty(InotifyWatch.Parse(text));
}
