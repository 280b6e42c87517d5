using Interpose.Agent.Abi;

namespace Interpose.Tests.Unit.Native;

/// <summary>Holds the agent's mirror of the shim's interface to native-shim/include/interpose_abi.h.</summary>
public class AbiLayoutTests
{
    private const string Header = "interpose_abi.h";

    [Fact]
    public void Context() => Same<NativeContext>("ip_context", "rbx mxcsr x87_control");

    [Fact]
    public void Thread() => Same<NativeThread>(
        "ip_thread",
        "tid state service command fs_base gs_base robust_list robust_list_length clear_child_tid user_context signal_mask "
            + "timer_slack parent_death_signal reserved context call_number call_args call_sp call_pc pending_count "
            + "pending_lost");

    [Fact]
    public void Pending() => Same<NativePending>("ip_pending", "tid for_thread info");

    [Fact]
    public void RestartInfo() => Same<NativeRestartInfo>(
        "ip_restart_info", "generation reserved epoch image_dev image_ino coordinator secret");

    [Fact]
    public void State() => Same<NativeState>(
        "ip_state",
        "abi rseq_offset_valid rseq_offset rseq_size resume_word release_word dumpable advice_begun advice_done connection "
            + "service_tid thread_count thread_capacity threads pending pending_count pending_capacity coordinator secret shim_path restart "
            + "env_coordinator env_secret computation is_root io_uring fork_generation own_threads objects stopped reserved env_host env_moved application screen_modes "
            + "connections send_key receive_key frames_sent reports_sent");

    [Fact]
    public void ScreenMode() => Same<NativeScreenMode>("ip_screen_mode", "device fd mode set time_ns");

    [Fact]
    public void Objects() => Same<NativeObjects>(
        "ip_objects", "paths paths_used last_watch id_count undo_count lost ids undo");

    [Fact]
    public void IpcId() => Same<NativeIpcId>("ip_ipc_id", "kind id");

    [Fact]
    public void IpcUndo() => Same<NativeIpcUndo>("ip_ipc_undo", "id number adjust");

    [Fact]
    public void Range() => Same<NativeRange>("ip_range", "start end flags");

    [Fact]
    public void Piece() => Same<NativePiece>("ip_object_piece", "source length offset object reserved");

    [Fact]
    public void WriteResult() => Same<NativeWriteResult>(
        "ip_write_result", "done error where image_bytes stored_pages raw_bytes pause_us header_crc reserved");

    [Fact]
    public void SnapshotPlan() => Same<NativeSnapshotPlan>(
        "ip_snapshot_plan",
        "image_fd notify_fd codec workers epoch metadata metadata_length ranges range_count pieces piece_count image_dev "
            + "image_ino pid result notify notify_length notify_bytes_at notify_pages_at notify_raw_at notify_pause_at "
            + "notify_crc_at notify_key in_place");

    [Fact]
    public void Api() => Same<NativeApi>(
        "ip_api", "abi size state suspend collect_signals resume snapshot wait_restored connect system_call before after ended");

    [Fact]
    public void Application() => Same<NativeApplication>("ip_application", "ignored_count ignored");

    [Fact]
    public void Constants()
    {
        var expected = new Dictionary<string, ulong>
        {
            ["IP_ABI_VERSION"] = NativeApi.ExpectedAbi,
            ["IP_SNAPSHOT_RESTORED"] = unchecked((ulong)NativeApi.Restored),
            ["IP_RANGE_EXCLUDE"] = NativeRange.Exclude,
            ["IP_RANGE_DISCARD"] = NativeRange.Discard,
            ["IP_RANGE_WHOLE"] = NativeRange.Whole,
            ["IP_THREAD_PARKED"] = NativeThread.StateParked,
        };
        Assert.Equal(expected, CCompiler.Evaluate(Header, expected.Keys));
    }

    private static void Same<T>(string structure, string fields)
        where T : unmanaged => NativeLayout.AssertSame<T>(Header, structure, fields);
}
