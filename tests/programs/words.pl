#!/usr/bin/perl
# Hashes, regular expressions, sorting, closures and interpreter threads.
use strict;
use warnings;
use threads;
use threads::shared;
use Thread::Queue;
use Digest::MD5 qw(md5_hex);
use Time::HiRes qw(usleep);

my ($output, $go, $limit) = @ARGV;
my ($jobs, $results) = (Thread::Queue->new, Thread::Queue->new);
my @workers = map {
    threads->create(sub {
        while (defined(my $job = $jobs->dequeue)) {
            my ($step, $part) = split / /, $job;
            my %count;
            $count{ ($_ * 7919 + $step * 31 + $part) % 997 }++ for 1 .. 2000;
            my $text = join ",", map { "$_=$count{$_}" } sort { $a <=> $b } keys %count;
            $text =~ s/(\d)=(\d)/$2:$1/g;
            $results->enqueue("$part " . md5_hex($text));
        }
    });
} 1 .. 3;

open my $file, ">", $output or die "$output: $!";
$file->autoflush(1);
my $state = "start";
my $step = 0;
until (-e $go || defined $limit && $step == $limit) {
    $jobs->enqueue("$step $_") for 1 .. 3;
    my @answers = sort map { $results->dequeue } 1 .. 3;
    $state = md5_hex($state . "@answers");
    print $file "step $step $state\n";
    $step++;
    usleep(2000);
}
print $file "done $step\n";
$jobs->end;
$_->join for @workers;
