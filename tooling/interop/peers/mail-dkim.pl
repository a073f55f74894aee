# A peer over Mail::DKIM.
#
#   mail-dkim.pl ed25519                                      exit 0 where it has the algorithm
#   mail-dkim.pl verify ZONE.json < message                   one line for each signature
#   mail-dkim.pl sign ALG HC/BC DOMAIN SELECTOR PEM < message prints the field
use strict;
use warnings;
use JSON::PP;
use Mail::DKIM::PrivateKey;
use Mail::DKIM::Signer;
use Mail::DKIM::Verifier;
use Net::DNS;

binmode STDIN;
binmode STDOUT;

my ( $action, @arguments ) = @ARGV;
if ( $action eq 'ed25519' ) {
    exit( eval { require Mail::DKIM::Algorithm::ed25519_sha256; 1 } ? 0 : 1 );
}
elsif ( $action eq 'verify' ) {
    verify(@arguments);
}
else {
    sign(@arguments);
}

sub verify {
    my ($zone_file) = @_;
    open my $file, '<', $zone_file or die "cannot read $zone_file\n";
    local $/ = undef;
    my $zone = decode_json(<$file>);
    no warnings 'redefine';
    *Mail::DKIM::DNS::query = sub {
        my ( $name, $type ) = @_;
        my $records = $zone->{ lc $name } or return;
        my @strings = $records->[0] =~ /(.{1,255})/gs;
        return Net::DNS::RR->new( owner => $name, type => 'TXT', txtdata => \@strings );
    };
    my $verifier = Mail::DKIM::Verifier->new;
    $verifier->PRINT(<STDIN>);
    $verifier->CLOSE;
    print $_->result eq 'pass' ? "pass\n" : $_->result_detail . "\n" for $verifier->signatures;
    print "none\n" unless $verifier->signatures;
}

sub sign {
    my ( $algorithm, $canonicalization, $domain, $selector, $pem ) = @_;
    my $signer = Mail::DKIM::Signer->new(
        Algorithm => $algorithm,
        Method    => $canonicalization,
        Domain    => $domain,
        Selector  => $selector,
        Key       => Mail::DKIM::PrivateKey->load( File => $pem ),
    );
    local $/ = undef;
    $signer->PRINT(<STDIN>);
    $signer->CLOSE;
    print $signer->signature->as_string, "\r\n";
}
